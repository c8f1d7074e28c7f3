"""From a picture to a palette and indices: histogram, palette search, remapping, dithering.

Front doors: `quantizer.reduce_colors`, and `shared_palette` for one palette of many images.
May import: pictures, color, kernels. Never the codec: nothing here knows how indices are stored.
"""
