"""How kernels are compiled and the array types they speak of. Used by every module of this package.

The compile cache of numba looks only at the file of the function that is called: after a change in a helper module,
clear the cache folder (an installed wheel gets new files, and so a new cache, on each upgrade).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

Longs: TypeAlias = npt.NDArray[np.int64]
Ints: TypeAlias = npt.NDArray[np.int32]
Flags: TypeAlias = npt.NDArray[np.uint8]
Doubles: TypeAlias = npt.NDArray[np.float64]

FAR = 1 << 62
"""Later than every tick, larger than every count; counts saturate here."""

Compiled = TypeVar("Compiled", bound="Callable[..., Any]")


def kernel(function: Compiled) -> Compiled:
    """Compile without the interpreter lock, cached on disk, with C division."""
    return cast("Compiled", numba.njit(nogil=True, cache=True, error_model="numpy")(function))
