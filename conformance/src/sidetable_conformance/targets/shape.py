"""The names by which a target's operations go: `SideTable`'s, or PyTorch's."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, final


@final
@dataclass(frozen=True, slots=True)
class Shape:
    """One set of names for the operations of a side table.

    Registering and presence have the same names in every shape.

    Attributes:
        owner: Whose names these are, as a message says it.
        store: Replaces the whole binding.
        get: Looks an index up.
        reset: Makes the table as new.
        constructors: The container of constructors, or a property that gives it.
        set: Replaces one index's object; a target may lack it, as all that follows.
        frame: Binds objects for the length of a block; "" in a shape that has no such name.
        entry: Makes an entry function; or "".
        snapshot: Keeps what is bound, to be entered again; or "".
        resolve: Looks an index up in the frame that a handle names; or "".
    """

    owner: str
    store: str
    get: str
    reset: str
    constructors: str
    set: str
    frame: str = ""
    entry: str = ""
    snapshot: str = ""
    resolve: str = ""

    @property
    def needed(self) -> tuple[str, ...]:
        """The names that a target of this shape has to have.

        Example:
            >>> "set" in SIDETABLE.needed
            False
        """
        return (
            "register_user_object",
            "register_graph_created_object",
            "has_user_objects",
            self.store,
            self.get,
            self.reset,
            self.constructors,
        )

    @property
    def optional(self) -> Mapping[str, str]:
        """The capabilities that a target may have, each with the name that it then has.

        Example:
            >>> dict(PYTORCH.optional)
            {'set': 'set_external_object_by_index'}
        """
        names = {
            "set": self.set,
            "frames": self.frame,
            "entries": self.entry,
            "snapshots": self.snapshot,
            "handles": self.resolve,
        }
        return MappingProxyType({word: name for word, name in names.items() if name})

    def missing_in(self, thing: object) -> tuple[str, ...]:
        """Returns the needed names that an object does not have.

        What is there but can not be called counts as missing, unless it is the container.
        """
        return tuple(
            name
            for name in self.needed
            if not (has(thing, name) if name == self.constructors else can_call(thing, name))
        )


SIDETABLE: Final = Shape(
    owner="SideTable",
    store="store",
    get="get",
    reset="reset",
    constructors="constructors",
    set="set",
    frame="frame",
    entry="entry",
    snapshot="snapshot",
    resolve="resolve",
)

PYTORCH: Final = Shape(
    owner="PyTorch",
    store="store_user_object_weakrefs",
    get="get_external_object_by_index",
    reset="reset_user_object_tracking",
    constructors="index_to_bytecode_constructor",
    set="set_external_object_by_index",
)

SHAPES: Final = (SIDETABLE, PYTORCH)


def has(thing: object, name: str) -> bool:
    """Tells whether an object has an attribute; one that fails when it is read is there.

    Example:
        >>> has("", "upper"), has("", "store")
        (True, False)
    """
    try:
        getattr(thing, name)
    except AttributeError:
        return False
    except Exception:  # noqa: BLE001  # whatever a stranger's property raises
        return True
    return True


def can_call(thing: object, name: str) -> bool:
    """Tells whether an object has a method or function of this name.

    Example:
        >>> can_call("", "upper"), can_call("", "__doc__")
        (True, False)
    """
    try:
        return callable(getattr(thing, name))
    except Exception:  # noqa: BLE001  # whatever a stranger's property raises
        return False


def takes(thing: object, name: str, parameter: str) -> bool:
    """Tells whether an object has a method that takes a parameter of this name, as far as it says.

    Example:
        >>> takes("", "split", "sep"), takes("", "split", "hold"), takes("", "store", "hold")
        (True, False, False)
    """
    try:
        parameters = inspect.signature(getattr(thing, name)).parameters.values()
    except Exception:  # noqa: BLE001  # as above, and what has no signature
        return False
    kinds = {each.kind for each in parameters if each.name == parameter}
    return bool(kinds & {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY})
