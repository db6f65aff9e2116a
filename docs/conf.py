"""How the documents are built: `python3 tools/dev.py docs`. Nothing here needs a network."""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from tools.draw_examples import draw  # noqa: E402 - lies beside the documents

project = "Polaris"
author = "The Polaris contributors"
copyright = "The Polaris contributors"
release = version = version_of("polaris-workflows")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "_pictures"]
nitpicky = True

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"

html_theme = "furo"
html_title = f"Polaris {release}"


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", lambda _: draw(HERE / "_pictures"))
