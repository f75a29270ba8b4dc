"""What happens where a job runs: its names are looked up, and its objects found or made."""

from __future__ import annotations

import importlib
import inspect
import os
import pickle
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache, partial
from operator import attrgetter
from types import FunctionType, ModuleType
from typing import Final, NamedTuple, Protocol, cast, final, runtime_checkable

from sidetable_core import SideTable
from sidetable_source import SideTableError, Source

from ._objects import Use, end_all
from ._provider import Provider
from .errors import MissingOnWorkerError, UnhealthyObjectError

# What an entry function adds to an error of its own code that fetches an object.
_NOTE: Final = "while fetching the object of index "
_BY_NAME: Final = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@runtime_checkable
class CapturedGraph(Protocol):
    """A graph that fetches its own objects by sources, such as `sidetable_torch.ObjectGraph`.

    Its pickle has the sources and not the objects.
    """

    @property
    def like(self) -> Callable[..., object]:
        """The captured function; the graph has its parameters."""
        ...

    @property
    def sources(self) -> tuple[Source, ...]:
        """The sources of the graph's own objects."""
        ...

    def check(self, *args: object, **kwargs: object) -> None:
        """Raise a `SideTableError` whose `missing` lists every object that a call lacks."""
        ...

    def __call__(self, *args: object, **kwargs: object) -> object:
        """Run the graph."""
        ...


class Content(NamedTuple):
    """Everything that travels."""

    place: str
    """Where the function is found, as `module:name`."""
    graph: bytes | None
    """The pickle of the graph, if it is one."""
    is_async: bool
    objects: tuple[tuple[str, bytes], ...]
    """For each parameter that takes an object, the pickle of its source or provider.

    Each is pickled by itself, so that one that cannot be read is an error of its own. An error
    while a whole task is unpickled would end the worker of a process pool.
    """

    @property
    def module(self) -> str:
        """The name of the function's module."""
        return self.place.partition(":")[0]

    @property
    def name(self) -> str:
        """The function's name."""
        return self.place.rpartition(":")[2].rpartition(".")[2]

    def missing(self, missing: list[tuple[str, str]]) -> MissingOnWorkerError:
        """Return the error that says what is missing here."""
        worker = f"process {os.getpid()} on {socket.gethostname()}"
        return MissingOnWorkerError(self.name, missing, worker)


class Plan(NamedTuple):
    """The parameters of a function, and those of them that the caller passes."""

    all: inspect.Signature
    given: inspect.Signature
    names: tuple[str, ...]
    """What the caller passes, if all arguments may be passed by name; else nothing."""
    required: int
    """How many of these have no default."""
    strange: tuple[str, ...]
    """The names given objects that are not parameters of the function."""

    def arguments(
        self, args: tuple[object, ...], kwargs: Mapping[str, object], objects: Mapping[str, object]
    ) -> tuple[tuple[object, ...], Mapping[str, object]]:
        """Return the arguments of the function, with the objects among them.

        Raises:
            TypeError: If the caller's arguments do not fit the function.
        """
        if not kwargs and self.required <= len(args) <= len(self.names):
            # The common case: 1 µs, where what is below takes 6.
            return (), {**dict(zip(self.names, args, strict=False)), **objects}
        if taken := kwargs.keys() & objects.keys():  # a function's **kwargs would take them
            raise TypeError(f"Leave out {', '.join(sorted(taken))}: the job passes it itself")
        arguments = {**self.given.bind(*args, **kwargs).arguments, **objects}
        bound = inspect.BoundArguments(self.all, arguments)
        bound.apply_defaults()
        return bound.args, bound.kwargs


class Fetched(NamedTuple):
    """An object that a source found."""

    value: object

    def lend(self, _uses: list[Use]) -> object:
        """Return the object; there is nothing to give back."""
        return self.value


class Making(NamedTuple):
    """A provider, with everything that it names."""

    name: str
    provider: Provider
    rest: str
    """What tells its objects from others of the same factory."""
    factory: Callable[..., object]
    close: Callable[[object], Callable[[], object]]
    healthy: Callable[[object], Callable[[], object]]

    def lend(self, uses: list[Use]) -> object:
        """Return a healthy object, and add its use."""
        provider = self.provider
        why, cause = "", None
        for _ in range(2):
            use = Use(provider.scope, provider.factory, self.rest, provider.limit)
            try:
                value = use.value(self._made)
                why, cause = self._sickness(value)
            except BaseException:
                use.end(failed=True)
                raise
            if not why:
                uses.append(use)
                return value
            use.retire()
        raise UnhealthyObjectError(self.name, provider.makes, why) from cause

    def _made(self) -> tuple[object, Callable[[], object]]:
        value = self.factory(*self.provider.args, **self.provider.kwargs)
        if inspect.iscoroutine(value):
            value.close()
            raise TypeError(
                f"{self.provider.factory} is async; a factory must return the object itself"
            )
        return value, self.close(value)

    def _sickness(self, value: object) -> tuple[str, Exception | None]:
        """Return how the health check failed, and its error; no text if it passed."""
        if self.provider.healthy is None:
            return "", None
        try:
            answer = self.healthy(value)()
        except Exception as error:  # noqa: BLE001  # whatever an unhealthy object raises
            return why(error), error
        return (f"{self.provider.healthy} returned False" if answer is False else ""), None


@final
class Binding:
    """A function with all of its arguments, for the length of a `with` block.

    Not made with `contextlib`: with that, and with slower lookups of names, a call took 10 µs, and
    now takes 7; between tasks of 1 ms, which fill the processor's caches, 70 instead of 110.
    """

    __slots__ = ("_args", "_call", "_content", "_kwargs", "_uses")

    def __init__(
        self, content: Content, args: tuple[object, ...], kwargs: Mapping[str, object]
    ) -> None:
        self._content = content
        self._args = args
        self._kwargs = kwargs
        self._uses: list[Use] = []
        self._call: partial[object] | None = None

    def __enter__(self) -> partial[object]:
        """Find or make the objects, and return the function with its arguments."""
        function, plan, found = find(self._content)
        try:
            objects = {name: each.lend(self._uses) for name, each in found.items()}
            args, kwargs = plan.arguments(self._args, self._kwargs, objects)
        except BaseException:
            end_all(self._uses, failed=True)
            raise
        self._call = partial(function, *args, **kwargs)
        return self._call

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        """Give the objects back; say what is missing, if that is why the function failed."""
        call, self._call = self._call, None
        try:
            if isinstance(error, Exception) and call is not None:
                missing = missing_inside(self._content, call, error)
                if missing:
                    raise self._content.missing(missing) from error
        finally:
            end_all(self._uses, failed=error is not None)


class Found(NamedTuple):
    """Everything that a job names, found where it runs."""

    function: Callable[..., object]
    plan: Plan
    objects: dict[str, Fetched | Making]


def find(content: Content) -> Found:
    """Find everything that a job names, again for each task.

    Each lookup costs about a microsecond. In return, a module that was replaced, as by Dask's
    `upload_file`, is used from the next task on.

    Raises:
        MissingOnWorkerError: If anything is missing; it lists everything that is.
    """
    missing: list[tuple[str, str]] = []
    objects: dict[str, Fetched | Making] = {}
    for name, data in content.objects:
        try:
            given = read(data)
            objects[name] = (
                _providing(name, given, data, missing)
                if isinstance(given, Provider)
                else _fetched(name, given, data, content.module, missing)
            )
        except Exception as error:  # noqa: BLE001  # unpickling runs anything
            missing.append((name, why(error)))
    try:
        function = _graph(content.graph) if content.graph else named(content.place)
        plan = _plan(function, content.objects)
    except Exception as error:  # noqa: BLE001  # so does importing
        missing[:0] = listed(error) or [(content.place, why(error))]
        raise content.missing(missing) from None
    missing += [(name, f"{content.place} has no such parameter here") for name in plan.strange]
    if missing:
        raise content.missing(missing)
    return Found(function, plan, objects)


def _providing(name: str, given: Provider, data: bytes, missing: list[tuple[str, str]]) -> Making:
    """Return a provider with what it names; add what is missing."""
    factory = _look_up(name, given.factory, missing)
    close, healthy = _way(name, given.close, missing), _way(name, given.healthy, missing)
    return Making(name, given, _rest(data), factory, close, healthy)


def _fetched(
    name: str, given: Source, data: bytes, module: str, missing: list[tuple[str, str]]
) -> Fetched:
    """Return what a source finds; if it finds nothing, add it to what is missing."""
    names = None
    with suppress(Exception):  # it is listed with the function, which is in that module
        names = importlib.import_module(module)
    try:
        return Fetched(fetcher(names, data)())
    except (ImportError, AttributeError, NameError, LookupError) as error:
        missing.append((f"{name}: {given.name}", why(error)))
        return Fetched(None)


def missing_inside(
    content: Content, call: partial[object], error: Exception
) -> list[tuple[str, str]]:
    """Return everything that a graph or an entry function lacked, if that made it fail."""
    if isinstance(call.func, CapturedGraph):
        try:
            call.func.check(*call.args, **call.keywords)
        except Exception as found:  # noqa: BLE001  # a source that calls may raise anything
            return listed(found)
    entry = call.func
    if not isinstance(entry, FunctionType) or not any(
        note.startswith(_NOTE) for note in getattr(error, "__notes__", ())
    ):
        return []
    sources = cast("tuple[Source, ...]", getattr(entry, "sources", ()))
    return [
        (f"{content.place}: {source.name}", why(lost))
        for source in sources
        if (lost := _loss(entry, call, source))
    ]


def _loss(entry: FunctionType, call: partial[object], source: Source) -> Exception | None:
    """Return why one source of an entry function finds nothing; None if it finds something."""
    try:
        found = SideTable().entry(_same, like=entry, inputs=[source])
        result = found(*call.args, **call.keywords)
        if inspect.iscoroutine(result):
            result.send(None)  # it fetches, and waits for nothing
    except StopIteration:
        return None
    except Exception as error:  # noqa: BLE001  # a source that calls may raise anything
        return error
    return None


def listed(error: Exception) -> list[tuple[str, str]]:
    """Return what an error of this project lists as missing."""
    return list(getattr(error, "missing", ())) if isinstance(error, SideTableError) else []


def why(error: Exception) -> str:
    """Return an error's type and text, as the reason in another error."""
    return f"{type(error).__name__}: {error}"


def named(place: str) -> Callable[..., object]:
    """Import a module, and return what `module:name` names."""
    module, _, name = place.partition(":")
    __import__(module)  # three times as fast as `importlib` where it is imported already
    found: Callable[..., object] = attrgetter(name)(sys.modules[module])
    return found


@lru_cache(maxsize=1024)
def read(data: bytes) -> Source | Provider:
    """Return the source or provider of a pickle."""
    return cast("Source | Provider", pickle.loads(data))  # noqa: S301  # as any pickled task


@lru_cache(maxsize=1024)
def _rest(data: bytes) -> str:
    provider = cast("Provider", read(data))
    return f"{provider.makes} {provider.close} {provider.healthy}"


@lru_cache(maxsize=1024)
def fetcher(module: ModuleType | None, data: bytes) -> Callable[[], object]:
    """Return a function that fetches a source's object, with the globals of a module.

    Raises:
        CodegenError: If the source starts at a local variable.
    """
    names = {} if module is None else vars(module)
    like = FunctionType(_without_parameters.__code__, names)
    source = cast("Source", read(data))
    return cast("Callable[[], object]", SideTable().entry(_same, like=like, inputs=[source]))


def _without_parameters() -> None:
    """Lend its code to `fetcher`; never called."""


def _same(value: object) -> object:
    return value


@lru_cache(maxsize=128)
def _graph(data: bytes) -> Callable[..., object]:
    return cast("Callable[..., object]", pickle.loads(data))  # noqa: S301  # as above


@lru_cache(maxsize=1024)
def _plan(function: Callable[..., object], objects: tuple[tuple[str, bytes], ...]) -> Plan:
    """Return the parameters; cached, because reading a signature takes longer than most jobs."""
    names = [name for name, _ in objects]
    like = function.like if isinstance(function, CapturedGraph) else function
    every = inspect.signature(like)
    given = [each for name, each in every.parameters.items() if name not in names]
    by_name = all(
        each.kind is each.POSITIONAL_OR_KEYWORD if each in given else each.kind in _BY_NAME
        for each in every.parameters.values()
    )
    return Plan(
        every,
        every.replace(parameters=given),
        tuple(each.name for each in given) if by_name else (),
        sum(each.default is each.empty for each in given),
        tuple(name for name in names if name not in every.parameters),
    )


def _look_up(name: str, place: str, missing: list[tuple[str, str]]) -> Callable[..., object]:
    """Return what a place names; if it is not there, add it to what is missing."""
    try:
        return named(place)
    except Exception as error:  # noqa: BLE001  # importing runs anything
        missing.append((f"{name}: {place}", why(error)))
        return _same


def _way(
    name: str, way: str | None, missing: list[tuple[str, str]]
) -> Callable[[object], Callable[[], object]]:
    """Return what takes an object, and returns the function that closes or checks it."""
    if way is None:
        return _no_way
    if ":" in way:
        return partial(partial, _look_up(name, way, missing))
    return attrgetter(way)


def _no_way(_value: object) -> Callable[[], object]:
    return _nothing


def _nothing() -> None:
    """Close nothing, and find nothing wrong."""
