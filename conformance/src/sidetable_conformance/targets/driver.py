"""Drives a target by whichever names it has, and adds nothing of its own.

Every call of the kit into a target goes through this module, so that an exception which crossed
it is known to be the target's, and any other the kit's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from types import TracebackType
from typing import Any, Final, Self, TypeVar, final

from sidetable_conformance.errors import RequirementFailed
from sidetable_conformance.objects.describe import describe
from sidetable_conformance.targets.shape import Shape
from sidetable_conformance.targets.table import ConstructFn, Constructor
from sidetable_source import Codegen, Source

_T = TypeVar("_T")


@final
class Driver:
    """A table as checks use it: `SideTable`'s names over any shape.

    A driver looks a name up whenever it is used, because an implementation may rebind it. It
    keeps no argument and no result.

    Args:
        thing: What has the names: a module, an object.
        shape: Which names those are.
    """

    __slots__ = ("_shape", "_thing")

    def __init__(self, thing: object, shape: Shape) -> None:
        self._thing: Final[Any] = thing  # anything that has the names
        self._shape: Final = shape

    def register_user_object(self, value: object, source: Source) -> int:
        """Gives an object from outside the graph the next index."""
        return _index("register_user_object", self._thing.register_user_object(value, source))

    def register_held_by_frames(self, value: object, source: Source) -> int:
        """Does so with an object that only frames and entry functions hold."""
        index = self._thing.register_user_object(value, source, hold="frame")
        return _index("register_user_object", index)

    def register_graph_created_object(self, value: object, construct_fn: ConstructFn) -> int:
        """Gives an object that the graph makes the next index."""
        index = self._thing.register_graph_created_object(value, construct_fn)
        return _index("register_graph_created_object", index)

    def has_user_objects(self) -> object:
        """Returns what the target says about presence, which is not always a bool."""
        present: object = self._thing.has_user_objects()
        return present

    def present(self) -> bool:
        """Tells what presence is taken for."""
        return bool(self._thing.has_user_objects())

    def store(self, *objects: object) -> object:
        """Replaces the whole binding, and returns what the target returned."""
        returned: object = getattr(self._thing, self._shape.store)(*objects)
        return returned

    def get(self, index: int) -> object:
        """Looks an index up."""
        found: object = getattr(self._thing, self._shape.get)(index)
        return found

    def set(self, index: int, value: object) -> None:
        """Replaces one index's object."""
        getattr(self._thing, self._shape.set)(index, value)

    def reset(self) -> None:
        """Makes the table as new."""
        getattr(self._thing, self._shape.reset)()

    def constructors(self) -> tuple[tuple[int, Constructor], ...]:
        """Returns every index with its constructor, in the target's order."""
        container = getattr(self._thing, self._shape.constructors)
        items = getattr(container, "items", None)
        pairs = enumerate(container) if items is None else items()
        return tuple((index, constructor) for index, constructor in pairs)

    def frame(self, *objects: object) -> Block:
        """Returns a frame of these objects, not entered yet."""
        return Block(getattr(self._thing, self._shape.frame)(*objects))

    def snapshot(self) -> Block:
        """Returns what is bound now, not entered yet."""
        return Block(getattr(self._thing, self._shape.snapshot)())

    def resolve(self, handle: int, index: int) -> object:
        """Looks an index up in the frame that a handle names."""
        found: object = getattr(self._thing, self._shape.resolve)(handle, index)
        return found

    def entry(
        self, graph: Callable[..., object], like: Callable[..., object]
    ) -> Callable[..., Any]:
        """Returns an entry function for a graph, to be called by `call`."""
        made: Callable[..., Any] = getattr(self._thing, self._shape.entry)(graph, like=like)
        return made  # what it returns is up to the graph

    def each_constructor(self) -> Iterator[tuple[int, Constructor]]:
        """Gives every index with its constructor, each when it is asked for the next."""
        container = getattr(self._thing, self._shape.constructors)
        items = getattr(container, "items", None)
        yield from enumerate(container) if items is None else items()

    def copied(self, copy: Callable[[object], object]) -> Driver:
        """Returns what a way of copying makes of the table."""
        return Driver(copy(self._thing), self._shape)

    def write(self, constructor: Constructor, codegen: Codegen) -> None:
        """Runs a constructor that the target made."""
        constructor(codegen)


@final
class Block:
    """What a target gave to be entered and left: a frame or a snapshot.

    Args:
        thing: The context manager.
    """

    __slots__ = ("_thing",)

    def __init__(self, thing: object) -> None:
        self._thing: Final[Any] = thing  # a stranger's context manager

    def __enter__(self) -> Self:
        self._thing.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> object:  # what is true lets no exception out, which no block of a check reckons with
        returned: object = self._thing.__exit__(kind, error, traceback)
        return returned

    def leave(self) -> None:
        """Leaves it in the current context, as the end of its block does."""
        self._thing.__exit__(None, None, None)

    @property
    def handle(self) -> Any:
        """What names the frame, which is not always an int."""
        return self._thing.handle

    def wrap(self, function: Callable[..., object]) -> Callable[..., Any]:
        """Returns a function that runs another one inside, to be called by `call`."""
        wrapped: Callable[..., Any] = self._thing.wrap(function)
        return wrapped  # what it returns is up to the function


def call(function: Callable[..., Any], *arguments: object) -> Any:
    """Calls a function that the target made."""
    return function(*arguments)


async def wait(coroutine: Awaitable[_T]) -> _T:
    """Waits for a coroutine of a function that the target made."""
    return await coroutine


def _index(operation: str, returned: Any) -> int:  # whatever the target returned
    # Checks reckon with indices, and one that is no number would look like a fault of theirs. That
    # it has to be an int is a requirement, with a check of its own.
    if isinstance(returned, (int, float)):
        return returned  # type: ignore[return-value]  # see above
    raise RequirementFailed(f"{operation} was called", "an int", describe(returned))


def operation_that_raised(traceback: TracebackType | None) -> str:
    """Returns the operation that an exception came out of, or "" if it is not a target's.

    Example:
        >>> operation_that_raised(None)
        ''
    """
    while traceback is not None:
        if traceback.tb_frame.f_globals is globals():
            return traceback.tb_frame.f_code.co_name
        traceback = traceback.tb_next
    return ""
