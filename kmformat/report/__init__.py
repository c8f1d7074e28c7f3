"""What there is to say of a picture: beside its original, of its file, and in a notebook.

Front doors: `comparison.compare`, `sheet.draw_sheet`, `contents.contents_of`, and for notebooks
`notebook.image_html`. May import: color, pictures.
"""
