"""The mutants: each of them can still be made, and what becomes of one is told as it is."""

from pathlib import Path

import pytest

from tools.mutants import __main__ as mutants
from tools.mutants.__main__ import ALL, ROOT, SOURCE, Fate, changed, try_one
from tools.mutants.noun import Mutant

SAME = Mutant("nothing is wrong", "_runtime/index.py", "def index_plan(", "def index_plan(", ())


def written(folder: Path, text: str) -> str:
    place = folder / "test_it.py"
    place.write_text(text, encoding="utf-8")
    return str(place)


@pytest.mark.parametrize("mutant", ALL, ids=lambda mutant: mutant.name)
def test_what_a_mutant_replaces_is_there_exactly_once(mutant: Mutant) -> None:
    before = (SOURCE / "polaris" / mutant.file).read_text(encoding="utf-8")
    after = changed(mutant)
    assert after != before
    compile(after, mutant.file, "exec")


@pytest.mark.parametrize("mutant", ALL, ids=lambda mutant: mutant.name)
def test_the_tests_that_are_to_kill_a_mutant_are_there(mutant: Mutant) -> None:
    assert mutant.tests
    assert [test for test in mutant.tests if not (ROOT / test.partition("::")[0]).is_file()] == []


def test_there_are_enough_of_them_and_each_is_another() -> None:
    assert len(ALL) >= 40
    assert len({(mutant.file, mutant.text, mutant.instead) for mutant in ALL}) == len(ALL)


def test_a_mutant_whose_text_is_gone_or_is_there_twice_is_an_error() -> None:
    with pytest.raises(ValueError, match="its text is 0 times in _runtime/index.py"):
        changed(SAME._replace(text="def index_plane("))
    with pytest.raises(ValueError, match="must be there once"):
        changed(SAME._replace(text="def "))


def test_a_mutant_that_a_test_finds_is_killed(tmp_path: Path) -> None:
    test = written(tmp_path, "from polaris._runtime.index import index_plan\n\ndef test_it():\n    assert index_plan\n")
    broken = SAME._replace(text="def index_plan(", instead="index_plan = None\n\n\ndef other(", tests=(test,))
    assert try_one(broken).fate is Fate.KILLED
    assert try_one(SAME._replace(tests=(test,))).fate is Fate.SURVIVED


def test_a_mutant_that_no_test_was_tried_on_is_not_killed(tmp_path: Path) -> None:
    nothing = written(tmp_path, "")
    assert try_one(SAME._replace(tests=(nothing,))).fate is Fate.NOT_TRIED


def test_a_mutant_that_hangs_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutants, "LONGEST", 1.0)
    hanging = written(tmp_path, "import time\n\ndef test_it():\n    time.sleep(60)\n")
    tried = try_one(SAME._replace(tests=(hanging,)))
    assert (tried.fate, tried.said) == (Fate.KILLED, "it hangs")


def test_words_choose_mutants_and_all_of_them_must_be_killed(capsys: pytest.CaptureFixture[str]) -> None:
    assert mutants.main(["an optional datum is required"]) == 0
    first, _, last = capsys.readouterr().out.splitlines()
    assert first.startswith("killed")
    assert first.endswith("_runtime/index.py: an optional datum is required")
    assert last == "mutants: 1 of 1 killed"
    with pytest.raises(SystemExit):
        mutants.main(["no such words"])


def test_a_survivor_or_a_test_that_fails_without_any_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(mutants, "ALL", [SAME._replace(tests=(written(tmp_path, "def test_it(): ..."),))])
    assert mutants.main([]) == 1
    assert "mutants: 0 of 1 killed" in capsys.readouterr().out
    written(tmp_path, "def test_it():\n    raise LookupError")
    with pytest.raises(SystemExit, match="without any mutant the tests do not pass"):
        mutants.main([])
