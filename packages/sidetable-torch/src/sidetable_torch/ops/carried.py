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
    "An object was carried to a custom op, and nothing has kept it: neither its Carried, nor the "
    "handle that is made with it. A copy of a handle keeps no object."
)

_PLAIN: Final = (
    "A tensor that is passed for an object is taken for its handle. To pass a tensor as the "
    "object, wrap it: sidetable_torch.Carried(tensor)."
)


@final
class Carried(Generic[T]):
    """Any object, with the handle by which a custom op finds it.

    Make it once, outside of what is compiled, and keep it where the object would have been kept.
    Pass it to an op for a parameter that is named in the op's `objects`: the graph carries its
    `handle`, a tensor, so no graph depends on which object it is, and another object is only
    another input.

    The handle's tensor owns the object: it is alive as long as this `Carried`, a graph that runs,
    or a backward that has saved the tensor. It can be collected when the last of them goes, also
    when the object refers back to it. A copy of the tensor owns nothing: it finds the object as
    long as the first one is there, and is a `StaleHandleError` afterwards.

    A copy is another `Carried`, `copy.deepcopy` copies the object as well, and so do pickles.

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
    """Returns the very object that a handle stands for.

    Raises:
        StaleHandleError: If the object has been released.
        UnknownHandleError: If this is no handle.
        WrongTableError: If it is that of a frame of somebody's table.
        TypeError: If it is no integer.
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
    reason="make a sidetable_torch.Carried of an object outside of what is compiled"
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
        """As an empty set, which `torch.load` takes without being told that it may."""
        return set, ()


# What takes the arguments of an op apart, such as `torch.library.opcheck`, finds the handle.
register_pytree_node(
    Carried,
    lambda carried: ([carried.handle], None),
    lambda parts, _: next(iter(parts)),
    serialized_type_name="sidetable_torch.Carried",
)
