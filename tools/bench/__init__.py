"""Benchmarks: KMF and other programs on the same pictures, measured in one run.

    python -m tools.bench.palette   error, time and memory of quantising
    python -m tools.bench.size      bits a pixel, and rates of encoding and decoding
    python -m tools.bench.decode    rates of decoding to RGB, KMF beside Pillow's formats

Pictures are given as files or folders; without any, a painted scene is used. The other programs
come with ``pip install '.[bench]'``. `palette` and `size` name those that are missing, and go on.
"""
