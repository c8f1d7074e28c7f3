"""Overviews: smaller copies of an image in the tail of its file, for thumbnails and viewers.

Front door: `pyramid`, which makes them beside an image, or for a file that exists. May import: all
that makes a file of a picture, `quantization` and `codec`.
"""
