"""``python -m tools.conformance -- COMMAND...`` runs a decoder on the vectors: see `runner`."""

from tools.conformance.runner import main

raise SystemExit(main())
