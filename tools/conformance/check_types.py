"""Check the package for npm, its types, and the examples of kmformat/docs/WEB.md, with TypeScript.

    python -m tools.conformance.check_types

Run it from the project's root. It needs npm and its registry, and leaves nothing behind. The folder
spec/ is packed as it would be published, with its licence and README, and installed beside each of
the compilers, which must take what programs import from it, and the examples as they are written.
What is wrong is printed, and the exit status is then 1.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
SPEC, WEB = ROOT / "spec", ROOT / "kmformat" / "docs" / "WEB.md"
COMPILERS = {"5.0": ("bundler", "node"), "5.9": ("bundler", "nodenext"), "latest": ("bundler",)}
"""Versions of TypeScript, the first that is supported to the last, and ways to find packages.

Arrays got a type parameter with 5.7. "node" knows nothing of `exports`, and ends with 6.0.
"""
OPTIONS = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom"]
GLOBALS = (
    "declare const context: CanvasRenderingContext2D, bytes: ArrayBuffer, image: HTMLImageElement;"
)
"""What the examples take for granted."""
PROGRAM = """
import { decode, open, KmfError, type KmfImage } from 'kmformat';
import { show } from 'kmformat/img';
import { toPng } from 'kmformat/png';

export async function run(
  bytes: Uint8Array, context: CanvasRenderingContext2D, image: HTMLImageElement,
) {
  const whole: KmfImage = decode(bytes, { maxPixels: 1e6, box: [0, 0, 1, 1] });
  context.putImageData(new ImageData(whole.rgba, whole.width, whole.height), 0, 0);
  const [tile, png]: [Uint8Array, Blob] = [open(bytes).decodeTile(0), await toPng(whole)];
  image.addEventListener('kmf-error', ({ detail }) => detail instanceof KmfError && detail.code);
  document.addEventListener('kmf-error', ({ detail }) => detail.message);
  await show(image, new URL('x.kmf', location.href), { maxPixels: 1e6 });
  return [tile, png];
}
"""


def examples() -> list[str]:
    """Return the JavaScript of WEB.md, block by block."""
    return re.findall(r"^```js\n(.*?)^```$", WEB.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def ran(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder."""
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def npm(folder: Path, *command: str) -> str:
    """Run npm, which must succeed; return what it printed."""
    done = ran(folder, "npm", *command)
    if done.returncode:
        raise SystemExit(f"npm {command[0]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def packed(folder: Path) -> tuple[Path, list[str]]:
    """Pack spec/ into a folder; return the package, and what is wrong with it."""
    (told,) = json.loads(npm(folder, "pack", "--json", str(SPEC)))
    names = {file["path"] for file in told["files"]}
    wrong = [f"the package lacks {name}" for name in sorted({"LICENSE", "README.md"} - names)]
    if (SPEC / "LICENSE").read_bytes() != (ROOT / "LICENSE").read_bytes():
        wrong.append("spec/LICENSE is not that of the project")
    return folder / told["filename"], wrong


def complaints(folder: Path, package: Path, version: str) -> list[str]:
    """Return what a compiler says of examples and program, in each of its ways to find packages."""
    folder.mkdir()
    (folder / "package.json").write_text('{ "type": "module" }')
    npm(folder, "install", "--no-audit", "--no-fund", f"typescript@{version}", str(package))
    for types in SPEC.glob("*.d.ts"):
        shutil.copy(types, folder)
    (folder / "globals.d.ts").write_text(GLOBALS)
    (folder / "program.ts").write_text(PROGRAM)
    for number, example in enumerate(examples(), 1):
        (folder / f"example-{number}.ts").write_text(f"{example}export {{}};\n")
    sources = sorted(path.name for path in folder.glob("*.ts"))
    wrong = []
    for way in COMPILERS[version]:
        module = "nodenext" if way == "nodenext" else "es2022"
        found = ["--module", module, "--moduleResolution", way]
        done = ran(folder, "npx", "--no", "tsc", "--", *OPTIONS, *found, *sources)
        if done.returncode:
            wrong.append(
                f"TypeScript {version}, --moduleResolution {way}:\n{done.stdout}{done.stderr}"
            )
    return wrong


def main() -> int:
    """Check all compilers; return the exit status."""
    with tempfile.TemporaryDirectory() as name:
        package, wrong = packed(Path(name))
        for version in COMPILERS:
            wrong += complaints(Path(name) / version, package, version)
    versions = ", ".join(COMPILERS)
    right = f"types and {len(examples())} examples are right for TypeScript {versions}"
    print("\n".join(wrong or [right]))
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
