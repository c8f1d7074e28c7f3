"""Builds the optional C extension; all else about the package is in pyproject.toml.

KMF_NATIVE=0 builds without it, and KMF_NATIVE=1 fails where it cannot be built. Unless told, it is
built where that works, and left out where it does not: NumPy does the same work then.
"""

import os
import sys
import sysconfig
from pathlib import Path

from setuptools import Extension, setup

SOURCES = Path("kmformat/kernels/native")
GCC_OR_CLANG = [
    "-std=c99", "-O3", "-fvisibility=hidden", "-ffp-contract=off", "-fno-math-errno",
    f"-ffile-prefix-map={Path.cwd()}=.",  # so that wheels are the same wherever they are built
]  # fmt: skip

told = os.environ.get("KMF_NATIVE", "")
# With the limited API one extension does for all later versions, but free-threaded ones lack it.
stable = not sysconfig.get_config_var("Py_GIL_DISABLED")
native = Extension(
    "kmformat._native",
    sorted(str(path) for path in SOURCES.glob("*.c")),
    depends=sorted(str(path) for path in SOURCES.glob("*.h")),
    define_macros=[("Py_LIMITED_API", "0x030B0000")] if stable else [],
    extra_compile_args=[] if sys.platform == "win32" else GCC_OR_CLANG,
    py_limited_api=stable,
    optional=told != "1",
)
if told == "0" or sys.implementation.name != "cpython":
    setup()
else:
    tag = {"bdist_wheel": {"py_limited_api": "cp311"}} if stable else {}
    setup(ext_modules=[native], options=tag)
