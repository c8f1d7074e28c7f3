"""Run the command line: ``python -m kmformat``."""

from kmformat.cli import main

raise SystemExit(main())
