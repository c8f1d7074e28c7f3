"""Halftones: indices that settle beside each other, for little error and few bits.

A *view* says how errors are seen: `eye` blurred and by a picture's own contrast, `plain` each by
itself. A `state.Halftone` is a part of a picture whose indices settle in a view; `costs` is the
price of bits, and `best_entries` the palette that suits indices.

Front door: `state`. May import: color, kernels. The optimised dither and lossy indices are made of
it.
"""
