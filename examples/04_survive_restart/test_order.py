import subprocess
import sys
from pathlib import Path

from polaris.testing import check_workflow

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from order import fulfilment, pack  # noqa: E402 - the example lies beside its test


def run_in(folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(HERE / "order.py")], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )


def test_the_second_process_goes_on_where_the_first_one_died(tmp_path: Path) -> None:
    first, second = run_in(tmp_path), run_in(tmp_path)
    assert (first.returncode, first.stdout) == (9, "reserving stock\npacking ... and the power goes out\n")
    assert (second.returncode, second.stderr) == (0, "")
    assert second.stdout == "packing\nshipping\ncompleted: parcel 1 of order 42\n"


def test_a_third_process_does_nothing_again(tmp_path: Path) -> None:
    run_in(tmp_path)
    run_in(tmp_path)
    assert run_in(tmp_path).stdout == "completed: parcel 1 of order 42\n"


def test_it_comes_to_the_same_wherever_the_power_goes_out() -> None:
    check_workflow(fulfilment, stub=[pack])
