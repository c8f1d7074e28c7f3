"""Try mutants, and say which ones live: ``python -m tools.mutants [OPTIONS] [MODULE...]``."""

from __future__ import annotations

import argparse
import json
import sys
import time
import tomllib
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.mutants import record, trial
from tools.mutants.changes import Mutant, mutants

_FOLDERS = {
    "codec/format": ("chunks", "container", "head", "info", "overviews"),
    "codec/compact": ("fit", "model", "sequences", "tile"),
    "codec": (
        "decoder", "dense", "encoder", "fetching", "methods", "plan", "sink", "stored", "varints",
        "zstd", "zstd_frame",
    ),
    "kernels": ("binary_coder", "dense", "nearest", "packed_palette", "packing", "wavefront"),
    "quantization": ("remap",),
    "storage": ("input", "mapped", "output"),
}  # fmt: skip
CORE = [f"kmformat/{folder}/{name}.py" for folder, names in _FOLDERS.items() for name in names]
RECORD = Path(".mutants/record.json")
ARGUED = Path(__file__).parent / "argued.toml"
_FIRST = 12
"""So many tests are run first: most mutants end there, and are spared the import of the others."""


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant; `killer` is a test, how it died by itself, or empty."""

    path: str
    line: int
    text: str
    change: str
    killer: str
    seconds: float

    @property
    def key(self) -> tuple[str, str, str]:
        """What the mutant is known by."""
        return self.path, self.text, self.change


def main(arguments: list[str]) -> int:
    """Try mutants; return 0 if all that live are argued for."""
    told = _parser().parse_args(arguments)
    if told.record is not None or not RECORD.exists():
        record.write(RECORD, told.record or record.TESTS)
    everything = [mutant for path in told.modules for mutant in mutants(path)]
    argued = arguments_of(ARGUED).keys()
    chosen = [mutant for mutant in everything if mutant.percentile < told.share]
    keys = {mutant.key for mutant in chosen} - argued
    log = read_log(told.log) if told.again else []
    known = [verdict for verdict in log if verdict.killer and verdict.key in keys]
    keys -= {verdict.key for verdict in known}
    verdicts = known + try_all([each for each in chosen if each.key in keys], known, told.log)
    tell(verdicts, len([mutant for mutant in chosen if mutant.key in argued]))
    stale = {key for key in argued if key[0] in told.modules} - {each.key for each in everything}
    for key in stale:
        print("argued for, but there is no such mutant:", *key, sep="\n    ")
    return int(bool(stale) or not all(verdict.killer for verdict in verdicts))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__)
    add = parser.add_argument
    add("modules", nargs="*", default=CORE, help="files; default: the core")
    add("--share", type=int, default=100, help="percent of mutants to try, always the same ones")
    add("--record", nargs="*", metavar="TESTS", help="first record these tests anew; default: all")
    add("--log", type=Path, default=RECORD.with_name("verdicts.jsonl"), help="where verdicts go")
    add("--again", action="store_true", help="keep to what the log says of the killed ones")
    return parser


def try_all(chosen: list[Mutant], known: list[Verdict], log: Path) -> list[Verdict]:
    """Try mutants one after another, and write a log of them, after those that are known.

    Tests that have killed others of a module come first.
    """
    told, kills = record.read(RECORD), Counter((each.path, each.killer) for each in known)
    verdicts = []
    with log.open("w") as lines:
        for verdict in known:
            print(json.dumps(asdict(verdict)), file=lines, flush=True)
        for mutant in chosen:
            start = time.monotonic()
            tests, others = told.tests(mutant.path, mutant.line)
            tests.sort(key=lambda test: -kills[mutant.path, test])
            killer = ""
            for batch in (tests[:_FIRST], tests[_FIRST:], others):
                if batch and not killer:
                    killer = trial.try_mutant(mutant, {test: told.seconds[test] for test in batch})
            kills[mutant.path, killer] += 1
            spent = time.monotonic() - start
            verdict = Verdict(mutant.path, mutant.line, mutant.text, mutant.change, killer, spent)
            print(json.dumps(asdict(verdict)), file=lines, flush=True)
            if not killer:
                print(
                    f"lives: {mutant.path}:{mutant.line}: {mutant.text}\n    {mutant.change}",
                    flush=True,
                )
            verdicts.append(verdict)
    return verdicts


def read_log(path: Path) -> list[Verdict]:
    """Return the verdicts of an earlier run."""
    return [Verdict(**json.loads(line)) for line in path.read_text().splitlines()]


def arguments_of(path: Path) -> dict[tuple[str, str, str], str]:
    """Return why mutants do no harm, by their keys."""
    told = tomllib.loads(path.read_text())
    return {
        (module, entry["line"], change): entry["why"]
        for module, entries in told.items()
        for entry in entries
        for change in entry["changes"]
    }


def tell(verdicts: list[Verdict], argued: int) -> None:
    """Say how many mutants were tried and killed, of each module and in all."""
    tried = Counter(verdict.path for verdict in verdicts)
    killed = Counter(verdict.path for verdict in verdicts if verdict.killer)
    for path, count in tried.items():
        print(f"{path}: {killed[path]} of {count}")
    share = 100 * killed.total() / max(1, tried.total())
    seconds = sum(verdict.seconds for verdict in verdicts)
    print(f"{killed.total()} of {tried.total()} killed in {seconds:.0f} s, {share:.1f}%", end="")
    print(f"; {argued} more are argued for")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
