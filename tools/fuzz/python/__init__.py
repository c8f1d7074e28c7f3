"""Targets in Python: each module has `one_input(data)`, which raises if anything is wrong.

Where its inputs have a structure, it has `changed(data, random, change)` too, as `mutate` has.
"""
