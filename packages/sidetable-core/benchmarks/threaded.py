"""What a lookup costs while a second thread works as well."""

from __future__ import annotations

import threading
import time
from contextvars import Context
from typing import Final

from operations import lookup
from racing import Spread, race, ratio

LOOKUPS: Final = 12_000
"""How often the loop of all threads together goes round."""


def second_thread() -> Spread:
    """Returns the ratio of lookups in two threads at once to as many in one."""
    return ratio(race({"one": lambda: shared(1), "two": lambda: shared(2)}, 21), "two", "one")


def shared(threads: int) -> int:
    """Returns the processor time of all threads, of which each does its share of the lookups."""
    run = lookup().ours
    together = threading.Barrier(threads + 1)

    def work() -> None:
        together.wait()
        Context().run(run, LOOKUPS // threads)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    begin = time.process_time_ns()
    together.wait()
    for worker in workers:
        worker.join()
    return time.process_time_ns() - begin
