"""What there is to say of a picture beside its original: figures, and a sheet that shows both.

Front doors: `comparison.compare` and `sheet.draw_sheet`. May import: color.
"""
