"""How many examples a property is tried on: some with all other tests, more by itself, very many at night."""

import os

from hypothesis import settings

EXAMPLES = int(os.environ.get("POLARIS_EXAMPLES", "50"))

MANY = settings(max_examples=EXAMPLES)
CHEAP = settings(max_examples=EXAMPLES * 5 if EXAMPLES >= 20_000 else EXAMPLES)
"""For what takes next to no time: five times as many at night, which is 100,000."""
