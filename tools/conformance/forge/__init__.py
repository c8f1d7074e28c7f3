"""KMF files built byte by byte, without the package, so that any byte can be wrong on purpose.

Front door: `container.forge`, a whole file; `compact` and `zstd` build what tiles may contain.
"""
