"""The palette search: centroids of least squared error, on weighted points in any colour space.

Front door: `palette.search_palette`. May import: color, kernels, and the histogram.
"""
