"""A traced graph, with the function that fetches its objects, binds them and runs it."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Sequence
from importlib import import_module
from inspect import unwrap
from operator import attrgetter
from types import FunctionType
from typing import Final, cast, final

import torch
from torch.fx import GraphModule

from sidetable_core import HANDLE, SideTable
from sidetable_source import CodegenError, LocalSource, Source

from ..errors import MissingObjectsError
from .objects import type_name
from .tracer import Given, GraphInput, ObjectTracer


@final
class ObjectGraph:
    """A graph that carries objects as indices, and the entry function that fetches them.

    Made by `trace_objects`. Calling it calls the entry function: it takes what the traced function
    takes, fetches every object by its source, binds them for this call, and runs the graph. Calls
    in threads, and inside each other or other graphs, each use their own objects.

    It can be copied and pickled. A pickle holds the sources, never the objects, and the name of
    the traced function, which must be importable, as for pickling a function.

    Example:
        >>> import torch
        >>> from sidetable_torch import trace_objects
        >>> class Scale:
        ...     def __init__(self, factor):
        ...         self.factor = factor
        >>> def scaled(scale, x):
        ...     return x * scale.factor
        >>> graph = trace_objects(scaled, {"scale": Scale(2)})
        >>> graph(Scale(10), torch.ones(1))
        tensor([10.])
    """

    __slots__ = ("__weakref__", "_inputs", "_like", "entry", "module", "sources", "table")

    module: Final[GraphModule]
    """The graph as a module. Its inputs are a frame's handle and those in `inputs`."""

    entry: Final[Callable[..., object]]
    """The entry function; `inspect.getsource` shows its code."""

    sources: Final[tuple[Source, ...]]
    """The sources of the objects, by index."""

    table: Final[SideTable]
    """The table that gave the indices. It keeps no object alive."""

    def __init__(
        self,
        module: GraphModule,
        like: FunctionType,
        table: SideTable,
        sources: Sequence[Source],
        inputs: Sequence[GraphInput],
    ) -> None:
        self.module = module
        self._like: Final = like
        self.table = table
        self.sources = tuple(sources)
        self._inputs = tuple(inputs)
        self.entry = self.entry_around(module)

    @property
    def like(self) -> Callable[..., object]:
        """The traced function; for a module, its class's `forward`."""
        return self._like

    @property
    def inputs(self) -> tuple[Source, ...]:
        """The sources of the graph's inputs, after the handle."""
        return tuple(given.source for given in self._inputs)

    def __call__(self, *args: object, **kwargs: object) -> object:
        """Run the graph with the objects that the sources find now.

        Args:
            *args: What the traced function takes.
            **kwargs: The same, by keyword.
        """
        return self.entry(*args, **kwargs)

    def entry_around(self, run: Callable[..., object]) -> Callable[..., object]:
        """Return an entry function that runs something else with the inputs of the graph.

        Args:
            run: What to run, such as the `run` of a `torch.fx.Interpreter`. It is called with the
                handle and the values of `inputs`.
        """
        spread = _Spread(run, self._inputs)
        return self.table.entry(spread, like=self._like, inputs=(HANDLE, *self.inputs))

    def with_module(self, module: GraphModule) -> ObjectGraph:
        """Return the same for another graph, made from this one's.

        Args:
            module: The graph. It has the same inputs, and may use the same indices.
        """
        return ObjectGraph(module, self._like, self.table, self.sources, self._inputs)

    def check(self, *args: object, **kwargs: object) -> None:
        """Fetch everything that a call would, and run nothing else.

        Args:
            *args: What the traced function takes.
            **kwargs: The same, by keyword.

        Raises:
            MissingObjectsError: If anything is missing; it lists everything that is.
        """
        fetch_all(self._like, (*self.sources, *self.inputs), args, kwargs)

    def __copy__(self) -> ObjectGraph:
        return self.with_module(self.module)

    def __deepcopy__(self, memo: dict[int, object]) -> ObjectGraph:
        return self.with_module(copy.deepcopy(self.module, memo))

    def __reduce__(self) -> tuple[object, ...]:
        like = self._like
        place = (like.__module__, like.__qualname__)
        try:
            found = _named(*place)
        except (ImportError, AttributeError):
            found = None
        if found is not like:
            name = ".".join(place)
            raise pickle.PicklingError(f"The traced function cannot be imported as {name}")
        return (_load, (self.module, *place, self.sources, self._inputs))

    def __repr__(self) -> str:
        count = len(self.sources)
        return f"<ObjectGraph of {self._like.__qualname__}: {count} objects>"


def trace_objects(
    root: torch.nn.Module | Callable[..., object],
    concrete_args: Given = None,
    *,
    tracer: ObjectTracer | None = None,
) -> ObjectGraph:
    """Trace a module or function into a graph that carries any object.

    Args:
        root: The module or function. A module's weights become the graph's own, as always with
            `torch.fx`; each call fetches its objects from the module that is passed.
        concrete_args: Example values of arguments that are objects, or hold some: by name, or all
            in order. See `ObjectTracer.trace`.
        tracer: The tracer to use; by default a new `ObjectTracer`.

    Raises:
        Unsupported: If an object has no source, or a graph cannot express what is done to it.
        TypeError: If `concrete_args` do not fit the arguments.

    Example:
        >>> import threading, torch
        >>> from sidetable_torch import trace_objects
        >>> def guarded(lock, x):
        ...     lock.acquire()
        ...     y = x + 1
        ...     lock.release()
        ...     return y
        >>> graph = trace_objects(guarded, {"lock": threading.Lock()})
        >>> graph(threading.Lock(), torch.zeros(1))
        tensor([1.])
    """
    tracer = tracer or ObjectTracer()
    graph = tracer.trace(root, concrete_args)
    like = tracer.traced()
    name = type(root).__name__ if isinstance(root, torch.nn.Module) else like.__name__
    module = GraphModule(tracer.root, graph, name)
    return ObjectGraph(module, like, tracer.table, tracer.sources, tracer.inputs)


@final
class _Spread:
    """Calls a graph, and spreads the arguments that `*` and `**` gathered."""

    __slots__ = ("_plain", "_run", "_stars")

    def __init__(self, run: Callable[..., object], inputs: Sequence[GraphInput]) -> None:
        self._run = run
        self._stars = [given.stars for given in inputs if given.stars]
        self._plain = 1 + len(inputs) - len(self._stars)

    def __call__(self, *values: object) -> object:
        args = [*values[: self._plain]]
        kwargs: dict[str, object] = {}
        for stars, gathered in zip(self._stars, values[self._plain :], strict=True):
            if stars == 1:
                args += cast("tuple[object, ...]", gathered)
            else:
                kwargs = cast("dict[str, object]", gathered)
        return self._run(*args, **kwargs)


def _named(module: str, qualname: str) -> object:
    """Return the function of a name, without its decorators."""
    return unwrap(attrgetter(qualname)(import_module(module)))


def _load(
    module: GraphModule,
    module_name: str,
    qualname: str,
    sources: tuple[Source, ...],
    inputs: tuple[GraphInput, ...],
) -> ObjectGraph:
    """Return the graph, where it is unpickled.

    Raises:
        MissingObjectsError: If the traced function, or a source that needs no argument, is not
            found here; it lists everything that is missing.
    """
    try:
        like = _named(module_name, qualname)
    except (ImportError, AttributeError) as error:
        raise MissingObjectsError([(f"{module_name}.{qualname}", why(error))]) from error
    if not isinstance(like, FunctionType):
        why_not = f"it is of type {type_name(like)}, not a function"
        raise MissingObjectsError([(f"{module_name}.{qualname}", why_not)])
    fetch_without_arguments(like, (*sources, *(given.source for given in inputs)))
    table = SideTable(like.__name__)
    for source in sources:
        table.register_user_object(None, source, hold="frame")
    return ObjectGraph(module, like, table, sources, inputs)


def fetch_all(
    like: FunctionType,
    sources: Sequence[Source],
    args: Sequence[object],
    kwargs: dict[str, object],
) -> None:
    """Fetch every source for a call, and drop what is found.

    Args:
        like: The function that is called.
        sources: The sources.
        args: Its arguments.
        kwargs: Its keyword arguments.

    Raises:
        MissingObjectsError: If any source finds nothing; it lists every one.
    """
    _raise_missing([(source, why_missing(like, source, args, kwargs)) for source in sources])


def fetch_without_arguments(like: FunctionType, sources: Sequence[Source]) -> None:
    """Fetch every source that needs no argument, and check that the others' arguments exist.

    Raises:
        MissingObjectsError: If any source finds nothing; it lists every one.
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
    """Return whether a source uses an argument, anywhere in it."""
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
    """Return why a source finds nothing in a call; "" if it finds something."""
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
    """Return an error's type and text, calling none of its methods."""
    said = cast("tuple[object, ...]", error.args)[:1]
    return ": ".join([type_name(error), *(str(one) for one in said if type(one) in {str, int})])


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
