"""Pages that show KMF files in a browser: one file that needs no other, and no network.

`viewer.html` is such a page, built from `tools/viewer/` and not edited here.
Front door: `page.with_files`, which puts files into it. May import: nothing.
"""
