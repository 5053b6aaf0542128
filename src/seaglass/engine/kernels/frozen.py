"""One array type for every kernel argument that is only read.

Numba compiles a kernel again for each mix of writable and read-only, contiguous and strided
arguments. Stored chunks are read-only, fresh arrays are not; showing a kernel only contiguous
read-only views keeps one machine code per dtype.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """A contiguous read-only view of `array` (a copy only where it is strided)."""
    flags = array.flags
    if not flags.writeable and flags.c_contiguous:
        return array
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view
