"""What the project measures and checks itself with: ``python -m tools.WING.NAME``.

bench         speed and size beside other programs, in one run
conformance   the spec, its test vectors, and every reader that is tried on them
docs          the picture in the README
"""
