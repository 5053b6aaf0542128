"""Threads whose work can wait, and threads that must not wait for them.

Above: storage/objects, engine, server. Below: nothing.
"""

from __future__ import annotations

import os
import sys
import threading

# Such a thread gets a third of what an ordinary one gets of a core that both want. Much less, and a
# thread that is put aside while it holds the interpreter lock would hold up the others.
BACKGROUND_NICENESS = 5
# How long a thread that computes may keep the interpreter from another that has work; Python's own
# 5 ms are as long as several small queries.
SWITCH_SECONDS = 0.0005


def let_others_go_first() -> None:
    """Lower the priority of the calling thread for as long as it lives, where the system can.

    Linux counts threads as processes here; elsewhere the whole process would be meant.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), BACKGROUND_NICENESS)


def switch_threads_often() -> None:
    """Let no thread of this process keep the interpreter for long from one that has a request."""
    sys.setswitchinterval(SWITCH_SECONDS)
