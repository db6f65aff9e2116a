"""Where functions become builders.

Takes: a function.
Gives: the same function, marked.
May import: _model, errors.
Never: wrap, register, or read a type hint.
"""
