"""Benchmarks, and the picture in the README. Run them as modules: ``python -m tools.NAME``."""
