"""How the documents are built: `python3 tools/dev.py docs`. Nothing here needs a network."""

from importlib.metadata import version as version_of

project = "Polaris"
author = "The Polaris contributors"
copyright = "The Polaris contributors"
release = version = version_of("polaris-workflows")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
nitpicky = True

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"

html_theme = "furo"
html_title = f"Polaris {release}"
