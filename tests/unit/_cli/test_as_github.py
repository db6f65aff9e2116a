from polaris._cli.as_github import findings_github
from tests.unit._cli.found import AT_A_PLACE, FOUND, IN_A_FILE, NOWHERE


def test_a_finding_is_a_command_whose_values_are_escaped() -> None:
    assert findings_github([AT_A_PLACE]) == (
        "::error file=my rides/match%2Cer%3A1.py,line=3,col=5,endColumn=8,title=POL202::"
        "CabbieMatched is made by 100%25 of `a`, `b`: both%0A"
        "/far/fleet.py:7:2: `b` makes it too%0Ahint: Choose one."
    )


def test_of_a_place_only_what_is_known_is_told() -> None:
    assert findings_github([IN_A_FILE]) == (
        "::error file=rides.py,title=POL201::Nobody makes it.%0D%0AReally%0Ahint: Make it."
    )
    assert findings_github([NOWHERE]) == "::warning title=POL301::It is unused.%0Ahint: Drop it."


def test_every_finding_is_a_line_of_its_own() -> None:
    assert findings_github([]) == ""
    assert findings_github(FOUND).split("\n") == [findings_github([finding]) for finding in FOUND]
