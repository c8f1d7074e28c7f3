"""Colours: spaces where they are points, channels, and colours as people write them.

Front door: `space.ColorSpace`, which everything that compares colours is given.
May import: nothing but `kmformat.indexed`.
"""
