"""The test vectors of the spec: the bytes of each file, and the image or error it must give.

Front door: `tools.conformance.make_vectors`, which writes them. Each module has a function
`vectors`, which yields its vectors; `patterns` says what a vector is, and makes pictures for them.

    valid, compact, tables                     files that are images
    tail                                       both, with a tail
    invalid, invalid_tables, invalid_zstd,
    invalid_compact, invalid_order             files with an error
    plain                                      which of them a plain reader answers like any decoder
"""
