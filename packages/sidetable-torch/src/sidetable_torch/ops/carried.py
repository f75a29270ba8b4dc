"""`Carried`: an object with the handle that stands for it in a graph."""

from __future__ import annotations

import contextvars
from typing import Final, Generic, TypeVar, cast, final

import torch
from torch.utils._python_dispatch import _disable_current_modes
from torch.utils._pytree import register_pytree_node

from sidetable_core import Frame, SideTable
from sidetable_source import ConstantSource, StaleHandleError, UnknownHandleError

T = TypeVar("T")

# A handle is found again in whatever thread a kernel runs, and from a graph that knows nothing of
# who made it: only the process can own the table. It keeps no object alive.
_TABLE: Final = SideTable("sidetable_torch.custom_op")
# Held by frames, so that an object need not be weakly referenceable.
_INDEX: Final = _TABLE.register_user_object(None, ConstantSource(None), hold="frame")

_LET_GO: Final = (
    "The object was carried to a custom op and has been released: nothing kept its Carried or the "
    "original handle. A copy of a handle keeps no object alive. Keep the Carried."
)

_PLAIN: Final = (
    "The custom op took this tensor for an object's handle. To pass a tensor as the object, wrap "
    "it: sidetable_torch.Carried(tensor)."
)


@final
class Carried(Generic[T]):
    """An object, with the handle that a custom op finds it by.

    Make it once, outside compiled code, and keep it where you would keep the object. Pass it to an
    op for a parameter named in the op's `objects`: the graph carries its `handle`, a tensor, so
    another object is only another input, and nothing is compiled again.

    The handle's tensor owns the object. The object lives as long as this `Carried`, a graph that
    runs, or a backward that saved the tensor, and can be collected after the last of them, even if
    it refers back to it. A copy of the tensor owns nothing: it finds the object while the original
    exists, and raises `StaleHandleError` afterwards.

    A copy is another `Carried` of the same object; `copy.deepcopy` and pickles copy the object too.

    Args:
        value: The object: anything at all.

    Attributes:
        object: The object.
        handle: A tensor of one integer, on the CPU, that stands for the object in graphs.

    Example:
        >>> from threading import Lock
        >>> from sidetable_torch import Carried
        >>> carried = Carried(Lock())
        >>> carried.object.locked(), carried.handle.dtype, carried.handle.shape
        (False, torch.int64, torch.Size([]))
    """

    __slots__ = ("__weakref__", "handle", "object")

    def __init__(self, value: T) -> None:
        self.object: Final[T] = value
        self.handle: Final[torch.Tensor] = _handle_of(value)

    def __getstate__(self) -> tuple[T]:
        return (self.object,)

    def __setstate__(self, state: tuple[T]) -> None:
        # Not by `__reduce__`: an object that is copied or pickled may refer to this.
        Carried.__init__(self, *state)

    def __repr__(self) -> str:
        return f"Carried({self.object!r})"


def found(handle: torch.Tensor) -> object:
    """Return the object that a handle stands for.

    Raises:
        StaleHandleError: If the object has been released.
        UnknownHandleError: If this is not a handle.
        WrongTableError: If it is the handle of another table's frame.
        TypeError: If it is not an integer.
    """
    number = cast("int", handle.item())  # a handle's is; another tensor's is refused
    try:
        return _TABLE.resolve(number, _INDEX)
    except StaleHandleError as error:
        error.add_note(_LET_GO)
        raise
    except UnknownHandleError as error:
        error.add_note(_PLAIN)
        raise


# A compiler that ran this would make the number a constant of its graph.
@torch.compiler.disable(  # type: ignore[no-untyped-call, untyped-decorator]  # PyTorch's has no types
    reason="make a sidetable_torch.Carried of an object outside compiled code"
)
def _handle_of(value: object) -> torch.Tensor:
    frame = _TABLE.frame(value)
    # Its own context: nothing is bound where the object is carried, and nobody has to leave.
    contextvars.Context().run(frame.__enter__)
    # A plain tensor with a number in it, also where a mode would make another one.
    with torch.inference_mode(mode=False), _disable_current_modes():
        handle = torch.tensor(frame.handle, dtype=torch.int64, device="cpu")
    # In its dictionary, where the garbage collector sees it: an object may refer to its handle.
    vars(handle)["sidetable_owner"] = _Owner(frame)
    return handle


@final
class _Owner:
    """What a handle's tensor holds: the frame that holds the object; nothing in a tensor's copy."""

    __slots__ = ("_frame",)

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def __reduce__(self) -> tuple[type[set[None]], tuple[()]]:
        """Pickle as an empty set, which `torch.load` accepts without being told that it may."""
        return set, ()


# What takes the arguments of an op apart, such as `torch.library.opcheck`, finds the handle.
register_pytree_node(
    Carried,
    lambda carried: ([carried.handle], None),
    lambda parts, _: next(iter(parts)),
    serialized_type_name="sidetable_torch.Carried",
)
