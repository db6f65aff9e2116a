"""The command line.

Takes: arguments.
Gives: text for people (or JSON) and an exit status.
May import: everything below it.
Never: decide what a workflow means.
"""
