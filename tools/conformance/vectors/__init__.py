"""The test vectors of the spec: what each file holds, and the image or error that it must give.

Front door: `tools.conformance.make_vectors`, which writes them. `patterns` says what a vector is.
"""
