"""The command line."""

from kmformat.cli.run import main

__all__ = ["main"]
