"""What else people look objects up in, for a sense of scale."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable

from loops import Loop, loop
from operations import Thing


class Local(threading.local):
    """A list for each thread."""

    def __init__(self) -> None:
        self.references: list[weakref.ref[Thing]] = []


def lookups() -> dict[str, Loop]:
    """Returns a loop for each peer, which looks up the third of four objects."""
    things = [Thing() for _ in range(4)]
    references = [weakref.ref(thing) for thing in things]
    values = weakref.WeakValueDictionary(enumerate(things))
    local = Local()
    return {
        "bare refs[i]()": loop("refs[2]()", refs=references, things=things),
        "WeakValueDictionary": loop("values[2]", values=values, things=things),
        "list of a thread's own": loop(
            "local.references[2]()", "local.references = refs", local=local, refs=references
        ),
        "dict behind a lock": loop("get(2)", get=_locked(dict(enumerate(references)))),
    }


def _locked(references: dict[int, weakref.ref[Thing]]) -> Callable[[int], Thing | None]:
    lock = threading.Lock()

    def get(index: int) -> Thing | None:
        with lock:
            return references[index]()

    return get
