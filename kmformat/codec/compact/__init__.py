"""Compact tiles: indices as ranks beside their neighbours, coded by zstd (spec, 4.4 to 4.8).

Front door: `tile`, which encodes and decodes them. May import: kernels, `codec.zstd_frame`.
"""
