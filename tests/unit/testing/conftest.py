"""Workflows are checked on fewer examples here, the same each time."""

from collections.abc import Iterator

import pytest
from hypothesis import Phase, settings

settings.register_profile(
    "same each time", deadline=None, derandomize=True, max_examples=60, phases=(Phase.generate, Phase.shrink)
)


@pytest.fixture
def same_each_time() -> Iterator[None]:
    before = settings.get_current_profile_name()
    settings.load_profile("same each time")
    yield
    settings.load_profile(before)
