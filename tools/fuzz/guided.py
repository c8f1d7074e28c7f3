"""Run a target in Python under atheris: a process of its own, whose options are libFuzzer's.

python -m tools.fuzz.guided NAME [OPTION or FOLDER or FILE ...]
"""

from __future__ import annotations

import importlib
import sys
from random import Random

import atheris


def main(name: str) -> None:
    """Run a target; its options are those of the command line."""
    # To the end: some modules are imported when they are first needed.
    with atheris.instrument_imports(include=["kmformat"]):
        target = importlib.import_module(f"tools.fuzz.python.{name}")

        def mutate(data: bytes, most: int, seed: int) -> bytes:
            def change(part: bytes) -> bytes:
                room = max(1, most - len(data) + len(part))
                changed: bytes = atheris.Mutate(part[:room], room)
                return changed

            made: bytes = target.changed(data, Random(seed), change)
            return made if len(made) <= most else change(data)

        more = {"custom_mutator": mutate} if hasattr(target, "changed") else {}
        atheris.Setup(sys.argv, target.one_input, **more)
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv.pop(1))
