"""The compiler: collect, analyse, link, check, lower.

Takes: a workflow.
Gives: a Plan, or a CompileError that holds every Diagnostic.
May import: _model, errors, protocols.
Never: call a user's function, look at a clock, or write a file.
"""
