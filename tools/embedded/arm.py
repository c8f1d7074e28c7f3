"""Programs with kmf.h, compiled for microcontrollers, and run in an emulated one."""

from __future__ import annotations

import subprocess
from pathlib import Path

HERE = Path(__file__).parent
COMPILER = "arm-none-eabi-gcc"
STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror")
FOR_SIZE = ("-Os", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections")
SMALL = ("-DKMF_SMALL",)
MACHINE = ("-machine", "mps2-an386", "-nographic", "-monitor", "none", "-serial", "none")
TIMEOUT = 120.0
"""Seconds that a program has in the emulator."""


def compile_for(cpu: str, source: str, target: Path, *options: str) -> None:
    """Compile a program for a processor, for few bytes, with all warnings.

    Without a folder in its name, it is one of this folder.

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


def emulate(elf: Path, folder: Path) -> None:
    """Run a program on an emulated Cortex-M4, which reads and writes files of a folder.

    Raises
    ------
    subprocess.CalledProcessError, subprocess.TimeoutExpired, OSError
    """
    semihosting = ("-semihosting-config", "enable=on,target=native")
    command = ["qemu-system-arm", *MACHINE, *semihosting, "-kernel", str(elf)]
    subprocess.run(command, cwd=folder, check=True, timeout=TIMEOUT)
