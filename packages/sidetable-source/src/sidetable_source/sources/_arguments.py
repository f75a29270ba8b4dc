"""The arguments of a call, and what makes them good."""

from __future__ import annotations

from typing import Final, cast

from sidetable_source.errors import InvalidSourceError

from ._names import identifier

_PAIR: Final = 2


def argument_values(args: object, kwargs: object) -> tuple[object, ...]:
    """Returns the values of a call's arguments, in the order in which code evaluates them.

    Args:
        args: The positional arguments.
        kwargs: The keyword arguments, as pairs.

    Raises:
        InvalidSourceError: If they are not tuples, or a keyword is no name or is given twice. The
            values are not looked at.
    """
    if type(args) is not tuple:
        raise _refusal("args", "It is no tuple of constants and sources")
    if type(kwargs) is not tuple:
        raise _refusal("kwargs", "It is no tuple of pairs")
    values = [*cast("tuple[object, ...]", args)]
    keywords: set[str] = set()
    for pair in cast("tuple[object, ...]", kwargs):
        if type(pair) is not tuple or len(cast("tuple[object, ...]", pair)) != _PAIR:
            raise _refusal("kwargs", "It holds something that is no pair")
        keyword, value = cast("tuple[object, object]", pair)
        if identifier("CallSource", "keyword", keyword) in keywords:
            raise _refusal("kwargs", f"The keyword {keyword} is given twice")
        keywords.add(cast("str", keyword))
        values.append(value)
    return tuple(values)


def _refusal(role: str, why: str) -> InvalidSourceError:
    return InvalidSourceError(
        f"CallSource can not use this as its {role}",
        why,
        "Make the call with source.call(*args, **kwargs)",
    )
