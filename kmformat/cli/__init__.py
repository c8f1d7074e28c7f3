"""The command line: files in, files out, and a line about it. Front door: `main`.

A command is a subparser in `parser`, and a module of its name whose `run` does it; that module is
imported once the command line has been understood. May import: everything.
"""

from kmformat.cli.run import main

__all__ = ["main"]
