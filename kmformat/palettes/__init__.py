"""Palettes in files of their own, as other programs exchange them, and those of pictures.

Front doors: `files.read_palette` and `files.write_palette`; `formats` is the registry of formats.
May import: pictures, storage, and of quantisation what finds distinct colours.
"""
