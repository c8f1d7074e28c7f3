"""Indexed images to the bytes of a KMF file, and back, without loss and without I/O.

Front doors: `encoder.encode_indexed` on the way out, `decoder` on the way back.
May import: kernels, and `kmformat.indexed`. Never quantisation: where palette and indices come from
is not known here. `decoder`, and all that it imports, never imports the encoder.
"""
