"""Programs that measure and check the project: ``python -m tools.FOLDER.NAME``, from its root.

bench         quality, size and speed of KMF beside other programs, measured in one run
conformance   whether the spec, its test vectors and the readers tried on them agree
docs          the pictures in the README and the gallery
"""
