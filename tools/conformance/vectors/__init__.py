"""The test vectors of the spec: the bytes of each file, and the image or error it must give.

Front door: `tools.conformance.make_vectors`, which writes them. Each module has a function
`vectors`, which yields its vectors; `patterns` says what a vector is, and makes pictures for them.

    valid, compact, tables, dense              files that are images
    small                                      images at the bounds of small readers
    tail, packed_palettes                      both, with a tail or a packed palette
    invalid, invalid_tables, invalid_zstd,
    invalid_compact, invalid_order,
    invalid_dense                              files with an error
    readers                                    which of them readers of profiles must answer
"""
