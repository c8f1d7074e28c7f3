"""Names for the kinds of arrays that the wings hand to each other. Imported for annotations only.

The names say a dtype; shapes are in the docstrings of the functions that take them.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

U8: TypeAlias = npt.NDArray[np.uint8]
"""Pixels, palettes, indices, ranks and packed bytes."""
U16: TypeAlias = npt.NDArray[np.uint16]
Codes: TypeAlias = npt.NDArray[np.uint32]
"""Colours, each as one number (`kmformat.kernels.counting`)."""
Ints: TypeAlias = npt.NDArray[np.int64]
Labels: TypeAlias = npt.NDArray[np.intp]
"""Numbers of clusters, or of anything else that arrays are indexed by."""
Bools: TypeAlias = npt.NDArray[np.bool_]
Floats: TypeAlias = npt.NDArray[np.float64]
"""Points in a colour space, weights, sums and errors."""
