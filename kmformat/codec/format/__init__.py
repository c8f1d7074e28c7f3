"""What a KMF file says before its tile data, and the bytes that say it (spec, section 3).

Front door: `container`, which parses and builds the head. May import: `codec.methods`, and of
compact tiles what reads their tables.
"""
