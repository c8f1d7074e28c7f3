"""``python -m tools.viewer`` builds the viewer: see `tools.viewer`."""

from tools.viewer.build import main

raise SystemExit(main())
