"""What every test can count on: no slow-machine deadlines, and nothing of the user's is read or written."""

import pytest
from hypothesis import settings

# A deadline per example would make a test depend on how busy the machine is. The rest is as hypothesis has it, which
# in CI is: the same examples every time.
settings.register_profile("polaris", deadline=None)
settings.load_profile("polaris")


@pytest.fixture(autouse=True)
def own_plan_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test an empty plan cache of its own, also in the processes it starts."""
    monkeypatch.setenv("POLARIS_CACHE_DIR", str(tmp_path_factory.mktemp("plans")))


@pytest.fixture(autouse=True)
def buffered_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start processes as a user's machine does: what they print into a pipe is buffered until they flush it."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
