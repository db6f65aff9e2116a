"""``python -m polaris`` is the command ``polaris``."""

import sys

from polaris._cli.main import main

sys.exit(main())
