"""The plan cache.

Takes: a Plan and the files it was compiled from.
Gives: bytes on disk, and the Plan back while nothing has changed.
May import: _model, errors, protocols.
Never: be the truth: whatever is doubtful is a miss.
"""
