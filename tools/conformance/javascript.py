"""spec/kmf.js in a process of Node that answers as long as it is asked."""

from __future__ import annotations

import json
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kmformat.arrays import U8


@dataclass(frozen=True)
class Answer:
    """What kmf.js made of a file: the code of an error, or an image."""

    told: dict[str, Any]
    indices: U8
    rgba: U8

    @property
    def code(self) -> str:
        """The code of the error, or an empty string."""
        return str(self.told.get("code", ""))


class Decoder:
    """`answer.mjs`, which it describes: a process that decodes one file after the other."""

    def __init__(self) -> None:
        script = Path(__file__).parent / "answer.mjs"
        self._process = subprocess.Popen(
            ["node", str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def __call__(self, data: bytes, **request: object) -> Answer:
        """Decode a file, with `box`, `maxPixels` or `tile` as kmf.js takes them."""
        assert self._process.stdin is not None
        asked = json.dumps({"bytes": len(data), **request}).encode()
        self._process.stdin.write(struct.pack("<I", len(asked)) + asked + data)
        self._process.stdin.flush()
        told = json.loads(self._read(struct.unpack("<I", self._read(4))[0]))
        indices, rgba = (np.frombuffer(self._read(n), np.uint8) for n in told.pop("lengths"))
        if "code" in told:
            return Answer(told, indices, rgba)
        shape = told["height"], told["width"]
        return Answer(told, indices.reshape(shape), rgba.reshape(*shape, 4))

    def _read(self, n: int) -> bytes:
        assert self._process.stdout is not None
        data = self._process.stdout.read(n)
        assert len(data) == n, "node has ended"
        return data

    def close(self) -> None:
        """End the process."""
        self._process.communicate()
