"""Looking into Python's own containers, and into objects that a trace uses as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

from sidetable_source import GetItemSource, InvalidSourceError, Source

Change = Callable[[object, Source | None], object]


def changed(
    value: object, source: Source | None, change: Change, above: frozenset[int] = frozenset()
) -> object:
    """Returns a value with what is in it changed; the value itself, where nothing changes.

    Lists, tuples and dictionaries are looked into, nested or not: exactly these types.

    Args:
        value: The value. It is not modified.
        source: Where it comes from; None if code can not say it.
        change: Gets each value that is no such container, with its source.
        above: The identities of the containers that this one is in. One that is in itself is
            not looked into there.
    """
    items = _items(value)
    if items is None:
        return change(value, source)
    if id(value) in above:
        return value
    above |= {id(value)}
    found: dict[object, object] = {}
    for key, item in items:
        step = None if source is None else item_of(source, key)
        new = changed(item, step, change, above)
        if new is not item:
            found[key] = new
    if not found:
        return value
    if type(value) is dict:
        return {**value, **found}
    copy = [found.get(position, item) for position, item in items]
    return tuple(copy) if type(value) is tuple else copy


def leaves(
    value: object, source: Source, transparent: tuple[type, ...]
) -> Iterator[tuple[object, Source]]:
    """Yields what is in a value, with the sources; the value itself, where it is no container.

    Args:
        value: The value.
        source: Where it comes from.
        transparent: The types whose instances' attributes are looked into as well.
    """
    seen: set[int] = set()
    waiting = [(value, source)]
    while waiting:
        value, source = waiting.pop()
        yield value, source
        if id(value) in seen:
            continue
        seen.add(id(value))
        steps: list[tuple[object, Source | None]] = [
            (item, item_of(source, key)) for key, item in _items(value) or ()
        ]
        if issubclass(type(value), transparent):
            attributes: dict[str, object] = getattr(value, "__dict__", {})
            steps += [(item, attribute_of(source, name)) for name, item in attributes.items()]
        waiting.extend((item, step) for item, step in reversed(steps) if step is not None)


def attribute_of(source: Source, name: str) -> Source | None:
    """Returns the source of an attribute; None where code can not hold its name, or is too deep."""
    try:
        return source.attr(name)
    except InvalidSourceError:
        return None


def item_of(source: Source, key: object) -> Source | None:
    """Returns the source of an item; None where code can not hold the key, or is too deep."""
    try:
        return GetItemSource(source, key)  # type: ignore[arg-type]  # it refuses what is no constant
    except InvalidSourceError:
        return None


def _items(value: object) -> list[tuple[object, object]] | None:
    if type(value) is dict:
        return [*cast("dict[object, object]", value).items()]
    if type(value) is list or type(value) is tuple:
        return [*enumerate(cast("list[object]", value))]
    return None
