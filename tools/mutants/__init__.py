"""Mutation testing of the core: can its tests fail, wherever something is wrong.

Each mutant is a module with one small change, such as < for <=. One of the tests that run the
changed line must fail: then the mutant is killed. `changes` makes mutants, `record` finds out which
tests run which lines, `trial` tries a mutant in a process of its own, and `argued.toml` says of
those that live why they do no harm. `python -m tools.mutants --help` has the rest.

mutmut, which works in the same way, leaves out what is outside of functions and in decorated ones:
constants of the format, fields, whatever is cached. It takes no samples and bounds no memory.
"""
