"""Pictures: Pillow images and arrays, other formats, profiles, metadata, and quality.

Front doors: `normalize.as_pixels` and `normalize.as_indexed`, by which every picture comes in;
`formats.load_picture` and `formats.to_picture` for other formats. May import: color.
"""
