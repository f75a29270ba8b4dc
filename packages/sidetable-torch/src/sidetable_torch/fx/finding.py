"""Finding out where an object comes from that turns up in a call, and was not read before."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from types import CodeType, FrameType, FunctionType

import torch

from sidetable_source import ClosureSource, Source

from .containers import attribute_of, leaves
from .reading import MACHINERY, Globals, global_sources

Reached = Iterator[tuple[object, Source]]


def find_source(
    value: object,
    like: FunctionType,
    modules: Mapping[torch.nn.Module, Source],
    transparent: tuple[type, ...],
    until: CodeType,
) -> Source | None:
    """Returns the source of an object, by identity; None if it is not found.

    First what the functions that are running name of their global variables, from the innermost
    on; then what the modules that are traced through have; then what the traced function closes
    over.

    Args:
        value: The object.
        like: The function whose code the source is to be written into.
        modules: The modules that are traced through, with their sources.
        transparent: The types whose instances' attributes are looked into.
        until: The code of the outermost function that is not looked at.
    """
    for reached, source in _reached(like, modules, until):
        for leaf, where in leaves(reached, source, transparent):
            if leaf is value:
                return where
    return None


def _reached(
    like: FunctionType, modules: Mapping[torch.nn.Module, Source], until: CodeType
) -> Reached:
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
