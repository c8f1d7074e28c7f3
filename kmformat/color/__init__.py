"""Colours: spaces where they are points, channels, colours as people write them, and quality.

Front door: `space.ColorSpace`, which everything that compares colours is given.
May import: nothing but `kmformat.indexed`.
"""
