"""What the tests of the formats of a check are about: a finding of every kind of place."""

from polaris._cli.findings import Finding
from polaris._model.diagnostic import Diagnostic, Place, Related, Severity

AT_A_PLACE = Finding(
    diagnostic=Diagnostic(
        code="POL202",
        severity=Severity.ERROR,
        message="CabbieMatched is made by 100% of `a`, `b`: both",
        hint="Choose one.",
        place=Place(file="my rides/match,er:1.py", line=3, column=5, end_column=8, source="def ask(wish):"),
        related=(
            Related(message="`b` makes it too", place=Place(file="/far/fleet.py", line=7, column=2, end_column=4)),
        ),
    ),
    workflows=("cab_ride", "match"),
)
IN_A_FILE = Finding(
    diagnostic=Diagnostic(
        code="POL201",
        severity=Severity.ERROR,
        message="Nobody makes it.\r\nReally",
        hint="Make it.",
        place=Place(file="rides.py", line=0),
    ),
    workflows=("cab_ride",),
)
NOWHERE = Finding(
    diagnostic=Diagnostic(code="POL301", severity=Severity.WARNING, message="It is unused.", hint="Drop it."),
    workflows=("cab_ride",),
)
FOUND = (AT_A_PLACE, IN_A_FILE, NOWHERE)
