"""The documentation site: the documents of this repository, as they are, and two of reference.

``python -m tools.site FOLDER`` builds it by Sphinx, after ``pip install '.[docs]'``. Warnings are
errors: a link that leads nowhere fails. No page is a copy: the source is the whole tree, in which
`conf` says what is a page and where it stands in the menu.
"""
