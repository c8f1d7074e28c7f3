"""From a picture to a palette and indices: histogram, palette search, remapping, dithering.

Front door: `quantizer.quantize`, and `shared_palette.build_palette` for one palette of many images.
May import: pictures, color, kernels. Never the codec: nothing here knows how indices are stored.
"""
