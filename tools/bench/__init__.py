"""Benchmarks: KMF and other programs on the same pictures, measured in one run.

    python -m tools.bench.palette   error, time and memory of quantising
    python -m tools.bench.size      bits a pixel, and rates of encoding and decoding
    python -m tools.bench.decode    rates of decoding to RGB, KMF beside Pillow's formats
    python -m tools.bench.javascript   rates of decoding in Node, beside decoders of PNG
    python -m tools.bench.encode    rates of encoding, KMF beside Pillow's PNG
    python -m tools.bench.looks     how dithered pictures look, by measures made for that
    python -m tools.bench.hues      whether small areas keep a hue of their own

Pictures are given as files or folders; without any, a painted scene is used. The other programs
come with ``pip install '.[bench]'``. `palette` and `size` name those that are missing, and go on.
"""
