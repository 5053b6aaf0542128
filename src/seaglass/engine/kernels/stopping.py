"""How a loop is stopped from outside: a flag that it looks at while it runs.

Above: kernels; whoever calls them. Below: Numba.
A flag is uint8[1]: 0, and 1 from when the work is no longer wanted. Kernels let go of the
interpreter's lock, so another thread can raise the flag while one runs. A kernel that may run for
longer than some 20 ms takes a flag as its last argument, asks `stopped(flag)` once for every few
thousand entries (where rows are long or short as they come, before each row: a thousand hubs are a
second), and returns at once when it says yes: what it was to give is then worth nothing, and its
caller raises. So a caller always writes

    result = some_kernel(..., interrupt.flag)
    interrupt.check()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numba import types
from numba.extending import intrinsic

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Flag: TypeAlias = NDArray[np.uint8]


def new_flag() -> Flag:
    """A flag that is not raised."""
    return np.zeros(1, np.uint8)


def _stopped(_typing: Any, flag: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        value = builder.load_atomic(array.data, "monotonic", 1)
        return builder.icmp_unsigned("!=", value, value.type(0))

    return types.boolean(flag), code


# stopped(flag), in a kernel: whether the flag is raised. Cost: one load. An ordinary load could be
# moved out of the loop by the compiler, an atomic one is not.
stopped: Any = intrinsic(_stopped)
