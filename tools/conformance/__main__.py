"""Run a decoder on the test vectors: ``python -m tools.conformance -- COMMAND...``."""

from tools.conformance.runner import main

raise SystemExit(main())
