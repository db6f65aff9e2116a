"""Looking at a run.

Takes: a Plan and a Snapshot, or a plan alone.
Gives: answers: why something is not there, and what would get the run further.
May import: _model, errors, protocols.
Never: run or import anything of the user's, or look at a value.
"""
