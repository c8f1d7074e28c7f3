"""The viewer, a page that shows KMF files in a browser: its source, and what makes one file of it.

    python -m tools.viewer              write kmformat/viewer/viewer.html
    python -m tools.viewer --check      exit with status 1 if that is not what the source makes

`page.html` has places for the style and the script. `app.js` and the modules that it imports, the
decoder spec/kmf.js among them, become one script: pages opened from files may not import any.
"""
