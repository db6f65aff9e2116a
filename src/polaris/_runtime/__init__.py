"""The runtime.

Takes: a Plan, a Snapshot and what was delivered.
Gives: the next Snapshot and an Outcome.
May import: _model, errors, protocols.
Never: read a type hint; `walk` moreover never touches a clock, a thread, a file or a log.
"""
