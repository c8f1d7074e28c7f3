"""Programs that measure and check the project: ``python -m tools.FOLDER.NAME``, from its root.

bench         quality, size and speed of KMF beside other programs, measured in one run
conformance   whether the spec, its test vectors and the readers tried on them agree
embedded      spec/kmf.h on small machines, in an emulator
fuzz          targets that attack the package, the readers and the native kernels
docs          the pictures in the README and the gallery
"""
