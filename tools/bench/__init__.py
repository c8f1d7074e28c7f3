"""Benchmarks: the package and other programs on the same pictures in one run, as ratios.

Run them as modules: ``python -m tools.bench.decode``, ``.palette`` (quality and time) or ``.size``.
"""
