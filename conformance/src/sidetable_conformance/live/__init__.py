"""Judges what a running program gets from its table: no adapter, and no change to the program.

    pytest -p sidetable_conformance.live --live-target torch._dynamo.graph_bytecode_inputs tests/

`watch` does the same for a block of code. A store belongs to the Python frame that makes it, and a
lookup to the innermost frame on its stack that has stored something; in a backward, to the call
that made the backward's node.

* A *wrong object* was bound by another call, thread, task or backward.
* A lookup *raised*, though its own call had bound the object, and it was still there.
* An object is *kept alive* by the table after the call that bound it.
* What *worked by luck* was right, but only because nothing else happened, or the overwriting call
  had bound the same object; or nobody can tell whose object it should have been.

A lookup that raises because its own call bound nothing there, or because the object died, is right.
"""

from __future__ import annotations

from sidetable_conformance._public import publish as _publish

from .judge import KEPT as KEPT
from .judge import LUCK as LUCK
from .judge import RAISED as RAISED
from .judge import WRONG as WRONG
from .judge import Finding as Finding
from .plugin import pytest_addoption as pytest_addoption
from .plugin import pytest_configure as pytest_configure
from .watching import Watching as Watching

__all__ = ["KEPT", "LUCK", "RAISED", "WRONG", "Finding", "Watching", "watch"]


def watch(target: object) -> Watching:
    """Watch a table while a program uses it.

    Everything is put back when the block ends, and objects that are only kept alive by the table
    are looked for then. An operation takes up to three times as long, if it is written in Python;
    the first one of each call, which notes who made it, up to 4 µs more. Memory is that of a
    thousand bindings and a thousand findings.

    Args:
        target: A module or an object with the names of a side table, a class or a function that
            makes tables, or `"MODULE"` or `"MODULE:ATTRIBUTE"`. A table may be in use already; of
            a class, those are watched that are made meanwhile.

    Returns:
        A context manager whose value is itself: `findings`, `show()`, `to_json()`, `write_html()`.

    Raises:
        TargetError: If the target cannot be found, lacks names, or cannot be watched.

    Example:
        >>> watch("json")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        sidetable_conformance.TargetError: target json cannot be used: it has neither ...
    """
    return Watching(target)


_publish(__name__, globals(), __all__)
