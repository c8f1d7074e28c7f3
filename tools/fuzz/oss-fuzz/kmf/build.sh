#!/bin/bash -eu
# Builds the readers and the kernels; run by OSS-Fuzz in the project's root.
c=tools/fuzz/c native=kmformat/kernels/native

build() { # NAME DEFINE SOURCE...: a target of these sources and the judge
    local name=$1 define=$2 objects=("$WORK/judge.o")
    for source in "${@:3}"; do
        objects+=("$WORK/$name-$(basename "$(dirname "$source")")-$(basename "$source").o")
        $CC $CFLAGS -std=c99 -ffp-contract=off $define -c "$source" -o "${objects[-1]}"
    done
    $CXX $CXXFLAGS "${objects[@]}" $LIB_FUZZING_ENGINE -l:libzstd.a -lm -o "$OUT/$name"
}

$CC $CFLAGS -std=c99 -c $c/judge.c -o "$WORK/judge.o" # which has libzstd whatever a reader has
for define in "" -DKMF_SMALL_ZSTD -DKMF_SMALL; do
    name=reader${define#-DKMF}
    build "$name" "$define" $c/reader.c
    zip -jq "$OUT/${name}_seed_corpus.zip" spec/vectors/*.kmf
done
for kernel in $c/kernels/*.c; do
    name=$(basename "$kernel" .c)
    case $name in dense | wavefront) orders=$native/orders.c ;; *) orders= ;; esac
    build "kernel_$name" "" "$kernel" "$native/$name.c" $orders
done
