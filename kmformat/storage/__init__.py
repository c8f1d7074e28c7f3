"""Where bytes are read from and written to: files of this machine, URLs, and streams.

Front doors: `input.opened_file`, which gives the head of a KMF file and a way to fetch the rest;
`output.write_file`, which writes a whole file or nothing; `resources.resource_text` for files of
the package itself. May import: the codec's way back.
"""
