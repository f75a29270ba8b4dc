"""The functions that stand in PyTorch for its own: each calls the one that it replaces."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, TypeVar, cast

from torch._dynamo.eval_frame import skip_code

from .graphs import PREFIX

if TYPE_CHECKING:
    from .bindings import Bindings
    from .graphs import Graphs

_F = TypeVar("_F", bound=Callable[..., object])


def installing_global(original: _F, graphs: Graphs) -> _F:
    """Returns what gives the compiler's results their global names, compiled graphs wrapped."""

    def install_global_unsafe(self: object, name: str, value: Callable[..., object]) -> object:
        return original(self, name, graphs.wrapped(value) if name.startswith(PREFIX) else value)

    return _like(original, install_global_unsafe)


def installing_saved_global(original: _F, graphs: Graphs) -> _F:
    """Returns what does the same for compiled functions that were saved and loaded."""

    def _install_global(
        self: object, module: ModuleType, name: str, value: Callable[..., object]
    ) -> object:
        wrapped = graphs.wrapped(value) if name.startswith(PREFIX) else value
        return original(self, module, name, wrapped)

    return _like(original, _install_global)


def calling_saved(original: _F, graphs: Graphs, bindings: Bindings) -> _F:
    """Returns what calls a function that was compiled ahead of time: as an entry."""

    def __call__(self: object, *args: object, **kwargs: object) -> object:  # noqa: N807  # it is one
        leave = bindings.enter()
        try:
            return graphs.run(original, self, *args, **kwargs)
        finally:
            leave()

    return _like(original, __call__)


def converting_frames(original: _F, bindings: Bindings) -> _F:
    """Returns what compiles one frame: as an entry of its own.

    PyTorch begins each compile by clearing its table, and what it compiles can run between
    storing objects and the graph that looks them up: a finalizer, or even PyTorch's own code,
    when another thread's compile has just told the whole process to leave nothing out.
    """

    def __call__(  # noqa: N807  # it is one
        self: object,
        frame: object,
        cache_entry: object,
        hooks: object,
        frame_state: object,
        *,
        skip: int = 0,
    ) -> object:
        leave = bindings.enter()
        try:
            # One more frame that is not the user's.
            return original(self, frame, cache_entry, hooks, frame_state, skip=skip + 1)
        finally:
            leave()

    return _like(original, __call__)


def exporting(original: _F, bindings: Bindings) -> _F:
    """Returns what exports strictly: in a call of a compiled function, as an entry of its own.

    It compiles frames without `ConvertFrameAssert`, and each compile begins by clearing the table.
    """

    def _strict_export(*args: object, **kwargs: object) -> object:
        leave = bindings.enter_inside_call()
        try:
            return original(*args, **kwargs)
        finally:
            leave()

    return _like(original, _strict_export)


def _like(original: _F, replacement: Callable[..., object]) -> _F:
    """Makes a function look like the one that it calls, and leaves it to run as it is."""
    replacement.__doc__ = original.__doc__
    replacement.__module__ = original.__module__
    replacement.__qualname__ = original.__qualname__
    skip_code(cast("FunctionType", replacement).__code__)
    return cast("_F", replacement)
