"""Runs something in a forked child, and brings back what it says."""

from __future__ import annotations

import json
import os
import select
import signal
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NoReturn, TypeAlias

from sidetable_conformance.bench.elsewhere import BOUND
from sidetable_conformance.errors import NotTestable, RequirementFailed
from sidetable_conformance.objects.describe import describe_error

WHEN: Final = "in a forked child"

Wait: TypeAlias = Callable[[], object]
"""Lets a child wait until its parent is ready."""

Body: TypeAlias = Callable[[Wait], list[str]]
"""What a child does, and says."""


def forked(body: Body, meanwhile: Callable[[], object], bound: float = BOUND) -> list[str]:
    """Forks, and returns what the child says.

    The child leaves by `os._exit`, so nothing that the process has planned for its end happens
    twice.

    Args:
        body: What the child does.
        meanwhile: What the parent does before the child may go on from its first wait.
        bound: After how many seconds the child counts as stuck.

    Raises:
        NotTestable: If this process can not fork.
        RequirementFailed: If the child is stuck, crashes, or raises.
    """
    if not hasattr(os, "fork"):
        raise NotTestable("this platform has no os.fork")
    said, say = os.pipe()
    ready, be_ready = os.pipe()
    try:
        child = _fork()
    except OSError as error:
        for end in (said, say, ready, be_ready):
            os.close(end)
        raise NotTestable(f"this process can not fork: {describe_error(error)}") from error
    if child == 0:  # pragma: no cover  # what runs in the child is not measured
        os.close(said)
        os.close(be_ready)
        _run(body, say, ready)
    os.close(say)
    os.close(ready)
    try:
        meanwhile()
        with suppress(BrokenPipeError):  # it has come to its end already
            os.write(be_ready, b".")
        text = _read(said, bound)
    except BaseException:
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        os.close(said)
        os.close(be_ready)
        _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status) < 0:
        number = signal.Signals(-os.waitstatus_to_exitcode(status)).name
        raise RequirementFailed(WHEN, "it comes to its end", f"it crashed with {number}")
    return _answer(text)


def _fork() -> int:
    with warnings.catch_warnings():
        # That other threads, of whoever runs the kit, may hold locks: the child takes none.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _run(body: Body, say: int, ready: int) -> NoReturn:  # pragma: no cover  # as above
    try:
        try:
            answer = ["", *body(lambda: os.read(ready, 1))]
        except BaseException as error:  # noqa: BLE001  # nothing may get past this
            answer = [describe_error(error)]
        os.write(say, json.dumps(answer).encode())
    finally:
        os._exit(0)


def _read(said: int, bound: float) -> bytes:
    text = b""
    while select.select([said], [], [], bound)[0]:
        part = os.read(said, 4096)
        if not part:
            return text
        text += part
    raise RequirementFailed(WHEN, "it comes to its end", "it is stuck")


def _answer(text: bytes) -> list[str]:
    error, *answer = json.loads(text)
    if error:
        raise RequirementFailed(WHEN, "no exception", error)
    return [str(each) for each in answer]
