"""`make fuzz`: a million inputs on two processes; stops at the first fault and shows how to repeat it.

Above: `__main__`, which is no module that processes could import. Below: campaign.

    python -m seaglass.testkit.fuzz [--count N] [--seed N] [--processes N] [--known FOLDER]
    python -m seaglass.testkit.fuzz --seed N --only NUMBER
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from seaglass.base.clock import SystemClock
from seaglass.base.rng import SystemRng
from seaglass.testkit.fuzz import inputs
from seaglass.testkit.fuzz.campaign import Campaign, Tally

if TYPE_CHECKING:
    from multiprocessing.pool import IMapIterator

# Inputs that a process takes at a time: about a second.
CHUNK = 500
# One plan in so many is run, because a run of all ways costs as much as 20 compilations.
EVERY = 8
# A process that is silent for so long has died or hangs.
SILENCE_SECONDS = 300
# Far more than an input may need: what wants it is a fault, and not the end of the machine.
MEMORY_BYTES_MAX = 8 * 1024**3

_campaigns: list[Campaign] = []


def main() -> int:
    """Runs the inputs; the exit status is 1 where one has a fault."""
    options = _options()
    if options.only is not None:
        _begin(options.seed, options.known)
        return _end(_try(range(options.only, options.only + 1)))
    say = sys.stdout.write
    say(f"seed {options.seed}, {options.count} inputs, {options.processes} processes\n")
    chunks = [
        range(first, min(first + CHUNK, options.count)) for first in range(0, options.count, CHUNK)
    ]
    context = multiprocessing.get_context("spawn")
    begin = (options.seed, options.known)
    with context.Pool(options.processes, _begin, begin) as pool:
        return _end(_watch(pool.imap_unordered(_try, chunks), options.count))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m seaglass.testkit.fuzz")
    parser.add_argument("--count", type=int, default=1_000_000)
    fresh = int.from_bytes(SystemRng().token(4), "big")
    parser.add_argument(
        "--seed", type=int, default=fresh, help="another one each time if not given"
    )
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--known", type=Path, default=Path("../shared/tck"))
    parser.add_argument("--only", type=int, default=None, help="this one input and no other")
    return parser.parse_args()


def _begin(seed: int, known: Path) -> None:
    """What each process has: a graph to run on, and the texts."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    texts = inputs.corpus(known)
    # `--only` and a run of many try the same: a plan is run when its number says so.
    _campaigns[:] = [Campaign(seed, texts, EVERY)]


def _try(numbers: range) -> Tally:
    return _campaigns[0].run(numbers)


def _watch(found: IMapIterator[Tally], count: int) -> Tally:
    """Adds up what the processes tell, and shows it now and then."""
    total, clock = Tally(), SystemClock()
    begun = shown = clock.monotonic()
    while total.tried < count:
        tally = found.next(timeout=SILENCE_SECONDS)
        total.tried += tally.tried
        total.planned += tally.planned
        total.ran += tally.ran
        now = clock.monotonic()
        if tally.fault is not None or total.tried == count or now - shown > 10:
            shown = now
            rate = total.tried / (now - begun)
            sys.stdout.write(
                f"{total.tried:>9} tried, {total.planned} planned, {total.ran} run,"
                f" {rate:.0f} per second\n"
            )
            sys.stdout.flush()
        if tally.fault is not None:
            total.fault = tally.fault
            break
    return total


def _end(tally: Tally) -> int:
    fault = tally.fault
    if fault is None:
        sys.stdout.write("no fault\n")
        return 0
    sys.stdout.write(
        f"FAULT: {fault.what}\n  least text: {fault.text!r}\n  dialect: {fault.given.dialect}\n"
        f"  parameters: {str(fault.given.parameters)[:2000]}\n"
        f"  whole text: {fault.given.text[:2000]!r}\n"
        f"  again: python -m seaglass.testkit.fuzz --seed {fault.seed} --only {fault.number}\n"
    )
    return 1
