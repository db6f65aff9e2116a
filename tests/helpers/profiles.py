"""How many examples a property is tried on: some while one writes, more in CI, very many at night."""

import os

from hypothesis import settings

MANY = settings(max_examples=int(os.environ.get("POLARIS_EXAMPLES", "500" if "CI" in os.environ else "100")))
