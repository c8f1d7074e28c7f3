"""Images that are larger than memory, or read in parts: an array to a file, and a file to an array.

Front doors: `reader.Reader` and `reader.decode_to`. May import: all that Python's ways in and out
do.
"""
