"""Many files at once: each to the bytes that it would be alone, on any executor.

Front doors: `files.encode_files` and `palette.build_palette`. `encoding` is what becomes of one
picture, for the command line too; `existing` tells which files are there already.
May import: everything but the report, Pillow's plugin and the command line.
"""
