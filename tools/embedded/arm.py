"""Programs with kmf.h, compiled for microcontrollers."""

from __future__ import annotations

import subprocess
from pathlib import Path

HERE = Path(__file__).parent
COMPILER = "arm-none-eabi-gcc"
STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror")
FOR_SIZE = ("-Os", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections")
SMALL = ("-DKMF_SMALL",)


def compile_for(cpu: str, source: str, target: Path, *options: str) -> None:
    """Compile a program of this folder for a processor, for few bytes, with all warnings.

    Raises
    ------
    subprocess.CalledProcessError, OSError
        It does not compile, or there is no compiler.
    """
    command = [COMPILER, f"-mcpu={cpu}", "-mthumb", "-std=gnu99", *FOR_SIZE, *STRICT, *options]
    linked = (
        ("-T", HERE / "mps2.ld", "--specs=rdimon.specs") if target.suffix == ".elf" else ("-c",)
    )
    subprocess.run([*command, HERE / source, *linked, "-o", target], check=True)
