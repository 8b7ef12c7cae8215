"""Array types of the numerics; every file of the room uses them."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
CodeArray: TypeAlias = npt.NDArray[np.int8]
"""Small integer codes of an IntEnum, one per row."""
IndexArray: TypeAlias = npt.NDArray[np.int64]

FloatLike: TypeAlias = float | FloatArray
"""A number or an array; arguments of this type broadcast against one another."""
BoolLike: TypeAlias = bool | BoolArray
