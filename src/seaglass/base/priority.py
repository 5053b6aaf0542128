"""Threads whose work can wait.

Above: storage/objects. Below: nothing.
"""

from __future__ import annotations

import os
import sys
import threading

# Such a thread gets a third of what an ordinary one gets of a core that both want. Much less, and a
# thread that is put aside while it holds the interpreter lock would hold up the others.
BACKGROUND_NICENESS = 5


def let_others_go_first() -> None:
    """Lower the priority of the calling thread for as long as it lives, where the system can.

    Linux counts threads as processes here; elsewhere the whole process would be meant.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), BACKGROUND_NICENESS)
