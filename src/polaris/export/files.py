"""Files that are there as a whole or not at all."""

from __future__ import annotations

import secrets
from pathlib import Path


def write(file: Path, content: bytes) -> None:
    """Write beside the file and move into place, so that nobody sees half of it."""
    beside = file.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        beside.write_bytes(content)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
