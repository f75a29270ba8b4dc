"""Shipping a function: what is refused, and what travels."""

from __future__ import annotations

import inspect
import pickle
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from hashlib import sha256
from types import FunctionType
from typing import Final, Generic, TypeVar, cast, final

from sidetable_source import SideTableError, Source

from ._arrival import Binding, CapturedGraph, Content, fetcher, named, read, why
from ._dask import stop_retries, stop_retries_async
from ._provider import Provider, kind_of, parts_of
from .errors import MissingOnWorkerError, ShipError

R = TypeVar("R")

_GATHERED: Final = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def ship(function: Callable[..., R], /, **objects: Source | Provider) -> Job[R]:
    """Make a job: a function without its objects, which any executor can run anywhere.

    Args:
        function: A function, or the entry function of a `SideTable`, that a module holds under a
            name; or a `CapturedGraph`, such as `sidetable_torch.ObjectGraph`.
        **objects: For each parameter that takes an object, a source, which finds it where the job
            runs, or a `Provider`, which makes it there. A source starts at an import, a constant,
            or a global variable of the function's module.

    Returns:
        The job. It takes the other arguments of the function.

    Raises:
        ShipError: If anything cannot be shipped; it lists everything that cannot.

    Example:
        >>> import pprint
        >>> from sidetable_distributed import ship
        >>> from sidetable_source import ImportSource
        >>> job = ship(pprint.pprint, stream=ImportSource("sys").attr("stdout"))
        >>> job([1, 2])
        [1, 2]
    """
    refused: list[tuple[str, str]] = []
    graph: bytes | None = None
    like: Callable[..., object]
    if isinstance(function, FunctionType):
        like = function
        place = _place_of(function)
        if not place:
            why_not = "no module holds it under a name, so no worker can find it"
            refused.append(("function", why_not))
    elif isinstance(function, CapturedGraph):
        like = function.like
        place = f"{like.__module__}:{like.__qualname__}"
        graph = _pickled(function, "graph", refused)
    else:
        reason = f"it is a {kind_of(function)}, neither a Python function nor a graph"
        raise ShipError(type(function).__name__, [("function", reason)])
    if inspect.isgeneratorfunction(like) or inspect.isasyncgenfunction(like):
        refused.append(("function", "it is a generator function, whose result cannot travel back"))
    parameters = inspect.signature(like).parameters
    shipped: list[tuple[str, bytes]] = []
    for name, given in objects.items():
        if name not in parameters or parameters[name].kind in _GATHERED:
            refused.append((name, f"{like.__name__} has no parameter of this name"))
        shipped.append((name, _checked(given, name, like, refused)))
    if refused:
        raise ShipError(like.__name__, refused)
    content = Content(place, graph, inspect.iscoroutinefunction(like), tuple(shipped))
    return Job(pickle.dumps(tuple(content), pickle.HIGHEST_PROTOCOL))


@final
class Job(Generic[R]):
    """A function that finds or makes its objects where it runs; made by `ship`.

    Each call finds the sources' objects again, takes or makes the providers' objects, runs the
    function with them, and gives them back, whatever happens. A job pickles to a few hundred bytes
    and holds no object. A job of an async function returns a coroutine.

    Example:
        >>> import json
        >>> from sidetable_distributed import Provider, ship
        >>> job = ship(json.dump, fp=Provider("tempfile:TemporaryFile", "w", close="close"))
        >>> job({"a": 1})
        >>> print(job.describe())
        dump  the function json:dump; 200 bytes travel
        fp    made by tempfile:TemporaryFile('w') for each task, closed by close
    """

    __slots__ = ("_content", "_payload")

    def __init__(self, payload: bytes) -> None:
        self._payload = payload
        self._content = Content(*pickle.loads(payload))  # noqa: S301  # as any pickled task

    def __call__(self, *args: object, **kwargs: object) -> R:
        """Bind the objects, run the function, and give the objects back.

        Args:
            *args: The function's arguments, without the objects.
            **kwargs: The same, by keyword.

        Raises:
            MissingOnWorkerError: If anything is missing here; it lists everything that is.
            UnhealthyObjectError: If an object fails its health check twice.
        """
        if self._content.is_async:
            return cast("R", self._run_async(args, kwargs))
        try:
            with Binding(self._content, args, kwargs) as call:
                return cast("R", call())
        except MissingOnWorkerError:
            stop_retries()
            raise

    async def _run_async(self, args: tuple[object, ...], kwargs: Mapping[str, object]) -> object:
        try:
            with Binding(self._content, args, kwargs) as call:
                return await cast("Awaitable[object]", call())
        except MissingOnWorkerError:
            await stop_retries_async()
            raise

    def describe(self) -> str:
        """Return a readable table of what travels, and of what is found or made where it runs."""
        content = self._content
        kind = "the function" if content.graph is None else "a graph of"
        rows = [(content.name, f"{kind} {content.place}; {len(pickle.dumps(self))} bytes travel")]
        rows += [(name, _told(read(data))) for name, data in content.objects]
        width = max(len(name) for name, _ in rows)
        return "\n".join(f"{name.ljust(width)}  {told}" for name, told in rows)

    @property
    def __name__(self) -> str:
        """The function's name, which Dask uses for its tasks."""
        return self._content.name

    @property
    def __tornado_coroutine__(self) -> bool:
        """Whether the result must be awaited; Dask asks for this on every Python."""
        return self._content.is_async

    def __dask_tokenize__(self) -> object:
        """Return a value that is equal for equal jobs, in every process and session."""
        content = self._content
        graph = content.graph and sha256(content.graph).hexdigest()
        objects = tuple((name, _identity(read(data))) for name, data in content.objects)
        return ("sidetable_distributed.Job", content.place, graph, content.is_async, objects)

    def __reduce__(self) -> tuple[object, ...]:
        return Job, (self._payload,)

    def __repr__(self) -> str:
        """Return the function's place and the names of the objects."""
        names = ", ".join(name for name, _ in self._content.objects)
        return f"<Job {self._content.place}, objects: {names or 'none'}>"


def _place_of(function: FunctionType) -> str:
    """Return where a module holds this very function, or "".

    Its own name comes first. An entry function has the name of the captured function, and its
    module may hold it under any other.
    """
    module = sys.modules.get(function.__module__)
    held = [name for name, value in vars(module).items() if value is function] if module else []
    for name in (function.__qualname__, *held):
        place = f"{function.__module__}:{name}"
        try:
            if named(place) is function:
                return place
        except (ImportError, AttributeError):
            continue
    return ""


def _checked(
    given: object, name: str, like: Callable[..., object], refused: list[tuple[str, str]]
) -> bytes:
    """Return the pickle of a source or provider; add what is refused in it."""
    if isinstance(given, Provider):
        offending = [*given.refused(name)]
        refused += offending
        return b"" if offending else pickle.dumps(given, pickle.HIGHEST_PROTOCOL)
    if not isinstance(given, Source):
        refused.append((name, f"it is a live {kind_of(given)}, neither a source nor a Provider"))
        return b""
    data = _pickled(given, name, refused)
    try:
        if data:
            fetcher(sys.modules.get(like.__module__), data)
    except SideTableError as error:
        refused.append((name, f"its source cannot be used here: {error}"))
    return data


def _pickled(value: object, path: str, refused: list[tuple[str, str]]) -> bytes:
    """Return the pickle; if there is none, add every object in the value that has none."""
    try:
        return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # noqa: BLE001  # whatever an object raises that cannot be pickled
        refused += _unpicklable(value, path, why(error), ())
        return b""


def _unpicklable(
    value: object, path: str, reason: str, above: tuple[object, ...]
) -> list[tuple[str, str]]:
    """Return every object inside that cannot be pickled, or the value if it is at fault itself."""
    found: list[tuple[str, str]] = []
    for end, part in parts_of(value) or _state_of(value):
        if not any(part is each for each in (*above, value)):
            try:
                pickle.dumps(part, pickle.HIGHEST_PROTOCOL)
            except Exception as error:  # noqa: BLE001  # as above
                found += _unpicklable(part, path + end, why(error), (*above, value))
    return found or [(path, f"a {kind_of(value)} cannot be pickled: {reason}")]


def _state_of(value: object) -> Iterator[tuple[str, object]]:
    """Yield what the pickle of an object is made of, each with the end of its path."""
    try:
        reduced = value.__reduce_ex__(pickle.HIGHEST_PROTOCOL)
    except Exception:  # noqa: BLE001  # an object that cannot be pickled at all
        return
    parts = cast("tuple[object, ...]", reduced if isinstance(reduced, tuple) else ())
    for position, argument in enumerate(cast("tuple[object, ...]", (*parts, (), ())[1])):
        yield f".args[{position}]", argument
    for state in parts[2:3]:
        # With slots, it is a pair of dictionaries.
        for names in cast("tuple[object, ...]", state if isinstance(state, tuple) else (state,)):
            if isinstance(names, dict):
                attributes = cast("dict[str, object]", names)
                yield from ((f".{name}", part) for name, part in attributes.items())


def _told(given: Source | Provider) -> str:
    """Return the line of a description for an object."""
    if isinstance(given, Source):
        return f"found for each task by {given.name}"
    told = f"made by {given.makes} for each {given.scope}"
    if given.scope != "task":
        told += f" (limit {given.limit})"
    told += f", closed by {given.close}" if given.close else ""
    return told + (f", checked by {given.healthy}" if given.healthy else "")


def _identity(given: Source | Provider) -> str:
    return repr(given) if isinstance(given, Provider) else f"{kind_of(given)} {given.name}"
