"""The notebook runs as it stands there, and holds no outputs; CI also runs it in a kernel."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

from tests.test_package import NAMED

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "k-means.ipynb"
CELLS: list[dict[str, Any]] = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]


def code() -> list[str]:
    return ["".join(cell["source"]) for cell in CELLS if cell["cell_type"] == "code"]


def test_no_outputs_are_stored() -> None:
    assert len(code()) > 10
    for cell in CELLS:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None
    assert NOTEBOOK.stat().st_size < 30_000


def test_all_cells_run_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mpl.use("agg")
    import matplotlib.pyplot as plt

    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for source in code():
        exec(source.replace("from IPython.display import Image", "Image = bytes"), names)
    plt.close("all")
    assert os.listdir(tmp_path) == []  # nothing is downloaded or left
    assert names["X_img"].shape == (16384, 3)
    assert names["X_recovered"].shape == (128, 128, 3)
    assert names["taught"].indices.shape == (128, 128)
    assert np.array_equal(names["centroids"][names["idx"]][0], names["X_recovered"][0, 0])


def test_it_names_what_there_is() -> None:
    import kmformat

    for cell in CELLS:
        for found in NAMED.finditer("".join(cell["source"])):
            value: Any = kmformat
            for name in found[1].strip(".").split("."):
                value = getattr(value, name)
