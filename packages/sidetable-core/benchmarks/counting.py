"""Counts the instructions of every operation, when it runs under valgrind; see `gate`.

The parts of the profile end where the process asks for its parent, which nothing else does. So
one process is enough for all operations, and starting Python is part of none of them.
"""

from __future__ import annotations

import gc
import os
from contextvars import Context
from typing import Final

import restated
from implementations import IMPLEMENTATIONS
from loops import Loop, loop
from operations import Operation, Thing, again, anew, entry, frame, lookup
from sidetable_source import LocalSource

SHORT: Final = 10
LONG: Final = 30
"""The two lengths of each loop. Their difference has neither the setting up nor the warming up."""


def counted() -> list[Operation]:
    """Return the operations whose instructions are counted."""
    return [
        lookup(),
        *(again(count) for count in (1, 4, 16)),
        *(anew(count) for count in (1, 4, 16)),
        entry(0),
        entry(3),
        frame(),
        Operation(
            "register",
            {
                name: _registering(
                    "table = Table(); register = table.register_user_object", Table=core.SideTable
                )
                for name, core in IMPLEMENTATIONS.items()
            },
            _registering("reset(); register = module.register", module=restated),
        ),
    ]


def _registering(setup: str, **names: object) -> Loop:
    names |= {"thing": Thing(), "source": LocalSource("thing"), "reset": restated.reset}
    return loop("register(thing, source)", setup, **names)


def main() -> None:
    """Runs each loop three times: to warm it up, short, and long."""
    operations = counted()
    for operation in operations:
        for run in (*operation.ours.values(), operation.baseline):
            gc.collect()
            gc.disable()
            context = Context()
            context.run(run, SHORT)
            for times in (SHORT, LONG):
                os.getppid()
                context.run(run, times)
                os.getppid()
            gc.enable()


if __name__ == "__main__":
    main()
