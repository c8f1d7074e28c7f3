#!/bin/bash -eu
# Builds the targets in Python that need no other programs; run by OSS-Fuzz in the project's root.
KMF_NATIVE=1 pip3 install --editable . # in place, where --paths finds it

for name in decode palettes pictures streams; do
    script=fuzz_$name.py
    printf 'from tools.fuzz.guided import main\n\nmain("%s")\n' "$name" >"$script"
    compile_python_fuzzer "$script" --paths . --hidden-import "tools.fuzz.python.$name" \
        --collect-submodules kmformat --collect-submodules PIL --collect-binaries kmformat
done
zip -jq "$OUT/fuzz_decode_seed_corpus.zip" spec/vectors/*.kmf
