"""Fuzzing: targets that learn from coverage what inputs to try, and how all are run.

    python -m tools.fuzz [--minutes N] [TARGET ...]       or tools/fuzz/run

`targets` lists them: modules in `python/`, which `guided` runs under atheris, and files in `c/`,
which `building` compiles with libFuzzer. `running` runs one, which begins with `seeds`. `parts`
and `mutate` change KMF files so that lengths and checksums stay right; `c/mutate.h` does it for
targets in C. `readers` are all readers in one process. `oss-fuzz/` has the folders for OSS-Fuzz.
"""
