"""Where in a check a fact is required: the lines from the check's own down to the bench."""

from __future__ import annotations

from types import CodeType, FrameType, TracebackType
from typing import Final, TypeAlias

Place: TypeAlias = tuple[int, ...]
"""A line of the check, then a line of each function that it reached the bench or the target by.

Two assertions in one function that a check calls are so two places of that check, and one
assertion that it reaches by two of its lines is two as well.
"""

_BELOW: Final = ("sidetable_conformance.bench.bench", "sidetable_conformance.targets.driver")
"""The modules at which a place ends."""


def place_of(frame: FrameType | None, code: CodeType) -> Place:
    """Returns the place that a frame of the bench's was called from, in a check with this code."""
    lines: list[int] = []
    while frame is not None:
        if _counts(frame):
            lines.append(frame.f_lineno)
        if frame.f_code is code:
            break
        frame = frame.f_back
    return tuple(reversed(lines))


def place_in(traceback: TracebackType | None, code: CodeType) -> Place:
    """Returns the place in a check with this code that an exception came through, or ()."""
    while traceback is not None and traceback.tb_frame.f_code is not code:
        traceback = traceback.tb_next
    lines: list[int] = []
    while traceback is not None and traceback.tb_frame.f_globals["__name__"] not in _BELOW:
        if _counts(traceback.tb_frame):
            lines.append(traceback.tb_lineno)
        traceback = traceback.tb_next
    return tuple(lines)


def _counts(frame: FrameType) -> bool:
    # Whether a comprehension has a frame of its own depends on the version of Python.
    return frame.f_globals["__name__"] not in _BELOW and not frame.f_code.co_name.startswith("<")
