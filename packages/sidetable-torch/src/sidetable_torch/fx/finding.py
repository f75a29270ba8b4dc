"""Finding out where an object comes from that turns up in a call, and was not read before."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from types import CodeType, FrameType, FunctionType
from typing import NoReturn

import torch

from sidetable_source import ClosureSource, LocalSource, Source, unimplemented
from sidetable_source.errors import type_name

from .containers import attribute_of, leaves
from .reading import MACHINERY, Globals, global_sources

Reached = Iterator[tuple[object, Source]]


def find_source(
    value: object,
    like: FunctionType,
    modules: Mapping[torch.nn.Module, Source],
    transparent: tuple[type, ...],
    until: CodeType,
) -> Source:
    """Returns the source of an object, by identity.

    First the modules that are traced through; then what the functions that are running name of
    their global variables, from the innermost on; then what those modules have; then what the
    traced function closes over.

    Args:
        value: The object.
        like: The function whose code the source is to be written into.
        modules: The modules that are traced through, with their sources.
        transparent: The types whose instances' attributes are looked into.
        until: The code of the outermost function that is not looked at.

    Raises:
        Unsupported: If it is not found.
    """
    found = next(
        (
            where
            for reached, source in _reached(like, modules, until)
            for leaf, where in leaves(reached, source, transparent)
            if leaf is value
        ),
        None,
    )
    if found is None:
        refuse_source(type_name(value))
    return found


def refuse_source(kind: str) -> NoReturn:
    """Refuses an object that nothing says how to fetch.

    Args:
        kind: The name of its type.

    Raises:
        Unsupported: Always.
    """
    unimplemented(
        gb_type="An object without a source",
        context=kind,
        explanation="It turned up in a call while the function was traced, and neither a global "
        "variable, nor a module's attribute, nor a variable that is closed over has it",
        hints=["Read it from one of these, or give it as an argument with concrete_args"],
    )


def module_sources(root: torch.nn.Module, like: FunctionType) -> dict[torch.nn.Module, Source]:
    """Returns the sources of a module and of all that are in it.

    Args:
        root: The module.
        like: Its `forward`, whose first parameter it is.
    """
    found: dict[torch.nn.Module, Source] = {}
    for path, module in root.named_modules():
        source: Source = LocalSource(like.__code__.co_varnames[0])
        for name in filter(None, path.split(".")):
            source = attribute_of(source, name) or source.attr("_modules").item(name)
        found[module] = source
    return found


def _reached(
    like: FunctionType, modules: Mapping[torch.nn.Module, Source], until: CodeType
) -> Reached:
    yield from modules.items()
    yield from _globals_read(like, until)
    for module, source in modules.items():
        for name, attribute in vars(module).items():
            step = None if name in MACHINERY else attribute_of(source, name)
            if step is not None:
                yield attribute, step
    names = like.__code__.co_freevars
    for name, cell in zip(names, like.__closure__ or (), strict=True):
        try:
            contents: object = cell.cell_contents
        except ValueError:  # nothing has been assigned to it yet
            continue
        yield contents, ClosureSource(name)


def _globals_read(like: FunctionType, until: CodeType) -> Reached:
    """Yields the global variables that the code of the running functions names."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code is not until:
        namespace: Mapping[str, object] = frame.f_globals
        if isinstance(namespace, Globals):
            namespace = namespace.live
        source_of = global_sources(namespace, like)
        if source_of is not None:
            for name in filter(namespace.__contains__, frame.f_code.co_names):
                yield namespace[name], source_of(name)
        frame = frame.f_back
