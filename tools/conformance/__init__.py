"""Whether the spec, its test vectors and all readers agree.

Front door: ``python -m tools.conformance -- DECODER``, which tries a decoder on every vector.

`check_spec`, `check_grammar` and `check_names` try what
else is in `spec/`; `make_vectors` writes the vectors, which `vectors` lists and `forge` builds.
"""
