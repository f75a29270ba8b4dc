"""The inputs of a graph that is traced: its handle, and what the arguments are."""

from __future__ import annotations

import inspect
import operator
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Final, cast

import torch
from torch.fx._symbolic_trace import PHBase
from torch.fx.proxy import Proxy

from sidetable_source import ImportSource, LocalSource, Source, unimplemented

from .containers import changed, leaves
from .opaque import CONSTANTS

_LENGTH: Final = ImportSource("builtins").attr("len")


Given = Mapping[str, object] | Sequence[object] | None


@dataclass(frozen=True, slots=True)
class GraphInput:
    """One input of a graph.

    Attributes:
        source: Where its value comes from.
        stars: How many stars stand before its name: 1 for `*args`, 2 for `**kwargs`.
    """

    source: Source
    stars: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """Stands, among the arguments that a function is traced with, for what has parts."""

    value: object


def given_arguments(
    function: Callable[..., object],
    given: Given,
    *,
    is_module: bool,
) -> dict[str, object]:
    """Returns what was given for some arguments, by their names.

    Raises:
        TypeError: If a value is given for what is no argument, or too many are.
    """
    parameters = inspect.signature(function).parameters
    names = [*parameters][1:] if is_module else [*parameters]
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        if len(given) != len(names):
            raise TypeError(f"{len(names)} arguments can be given, and {len(given)} were")
        given = dict(zip(names, given, strict=True))
    for name in given:
        if name not in names:
            raise TypeError(f"{function.__qualname__} has no argument {name!r} to be given")
        if parameters[name].kind in {
            inspect.Parameter.VAR_POSITIONAL,
            inspect.Parameter.VAR_KEYWORD,
        }:
            raise TypeError(f"What {name} gathers can not be given")
    return dict(given)


def is_container(value: object) -> bool:
    """Returns whether something given for an argument is looked into."""
    return type(value) in {dict, list, tuple}


def is_carried(value: object) -> bool:
    """Returns whether something given for an argument is carried as an index."""
    return not issubclass(type(value), (*CONSTANTS, torch.Tensor, PHBase))


def fresh_name(wanted: str, taken: Collection[str]) -> str:
    """Returns a name that code can hold, and that nothing else has.

    Args:
        wanted: What it is to be like.
        taken: The names that others have.
    """
    plain = re.sub(r"\W+", "_", wanted, flags=re.ASCII)
    names = chain([plain], (f"{plain}_{number}" for number in count(1)))
    return next(name for name in names if name not in taken)


def parts(
    value: object,
    name: str,
    carry: Callable[[object, Source | None], Proxy],
    placeholder: Callable[[Source], Proxy],
) -> object:
    """Returns a container that was given for an argument, with stand-ins for all that is in it.

    What a graph can hold becomes an input of its own; so does each container's length, because
    the graph is right only for containers of the same shape.

    Args:
        value: The container.
        name: The name of the argument.
        carry: Makes an object's stand-in.
        placeholder: Makes an input of the graph.
    """

    def stand_in(leaf: object, source: Source | None) -> object:
        if is_carried(leaf):
            return carry(leaf, source)
        if source is None:
            unimplemented(
                gb_type="A key that code can not hold",
                context=name,
                explanation="The value at this key could not be fetched again",
                hints=["Give a container whose keys are constants, such as strings and numbers"],
            )
        return placeholder(source)

    source = LocalSource(name)
    for container, where in leaves(value, source, ()):
        if is_container(container):
            items = len(cast("list[object]", container))
            message = f"{where.name} had {items} items when it was traced, and now it has not"
            length = placeholder(_LENGTH.call(where))
            same = length.tracer.create_proxy("call_function", operator.eq, (length, items), {})
            same.tracer.create_proxy("call_function", torch._assert, (same, message), {})
    return changed(value, source, stand_in)
