"""The table that the rooms meet at.

Takes: nothing; these are the nouns that every room speaks in.
Gives: frozen data, with no behaviour but its own invariants.
May import: errors.
Never: files, clocks, threads, logs, users' functions.
"""
