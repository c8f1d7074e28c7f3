"""Checks of whether the spec, its test vectors and the readers agree, and what makes the vectors.

Run them from the project's root; each exits with status 1 if something does not agree:

    python -m tools.conformance -- COMMAND          run a decoder on every test vector
    python -m tools.conformance.cross_check PICTURE -- COMMAND    ... on files of real pictures
    python -m tools.conformance.check_spec          rules, vectors and error codes
    python -m tools.conformance.check_grammar       the Kaitai Struct grammar, spec/kmf.ksy
    python -m tools.conformance.check_names         spec/kmf.magic and spec/kmf-mime.xml
    python -m tools.conformance.make_vectors        write spec/vectors/; with --check, compare

`kmf2raw` is the package's decoder as such a COMMAND. `vectors/` says which vectors there are, and
`forge/` builds their files byte by byte.
"""
