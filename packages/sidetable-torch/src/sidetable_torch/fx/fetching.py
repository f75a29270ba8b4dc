"""Fetching what sources say, before any graph runs, to tell all that is missing at once."""

from __future__ import annotations

from collections.abc import Sequence
from types import FunctionType
from typing import cast

from sidetable_core import SideTable
from sidetable_source import CodegenError, LocalSource, Source
from sidetable_source.errors import printable, type_name
from sidetable_torch.errors import MissingObjectsError


def fetch_all(
    like: FunctionType,
    sources: Sequence[Source],
    args: Sequence[object],
    kwargs: dict[str, object],
) -> None:
    """Fetches every source for a call, and lets what it found go.

    Args:
        like: The function whose call it is.
        sources: The sources.
        args: What it is called with.
        kwargs: The same, by keyword.

    Raises:
        MissingObjectsError: If a source finds nothing; it names every one that does not.
    """
    _raise_missing([(source, why_missing(like, source, args, kwargs)) for source in sources])


def fetch_without_arguments(like: FunctionType, sources: Sequence[Source]) -> None:
    """Fetches every source that needs no argument, and looks whether the others have theirs.

    Raises:
        MissingObjectsError: If a source finds nothing; it names every one that does not.
    """
    code = like.__code__
    names = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    args, kwargs = [None] * code.co_argcount, dict.fromkeys(names)
    found: list[tuple[Source, str]] = []
    for source in sources:
        if needs_arguments(source):
            found.append((source, _why_unwritable(like, source)))
        else:
            found.append((source, why_missing(like, source, args, dict(kwargs))))
    _raise_missing(found)


def needs_arguments(source: Source) -> bool:
    """Returns whether a source starts from an argument, anywhere in it."""
    waiting: list[object] = [source]
    while waiting:
        part = waiting.pop()
        if isinstance(part, LocalSource):
            return True
        if isinstance(part, Source):
            waiting.extend(part.parts)
    return False


def why_missing(
    like: FunctionType, source: Source, args: Sequence[object], kwargs: dict[str, object]
) -> str:
    """Returns why a source finds nothing in a call; "" if it finds something."""
    try:
        fetch = SideTable().entry(_same, like=like, inputs=[source])
    except CodegenError as error:
        return error.what
    try:
        fetch(*args, **kwargs)
    except Exception as error:  # noqa: BLE001  # whatever the objects on the way raise
        return why(error)
    return ""


def why(error: Exception) -> str:
    """Returns what an error is, calling nothing of its own."""
    said = cast("tuple[object, ...]", error.args)[:1]
    return ": ".join([type_name(error), *map(printable, said)])


def _why_unwritable(like: FunctionType, source: Source) -> str:
    try:
        SideTable().entry(_same, like=like, inputs=[source])
    except CodegenError as error:
        return error.what
    return ""


def _raise_missing(found: Sequence[tuple[Source, str]]) -> None:
    missing = [(source.name, why) for source, why in found if why]
    if missing:
        raise MissingObjectsError(missing)


def _same(value: object) -> object:
    return value
