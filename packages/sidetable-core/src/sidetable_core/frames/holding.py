"""What frames and snapshots own, and the references through which it is found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, final
from weakref import ref

from sidetable_core.binding.rebinding import references_of
from sidetable_core.binding.references import DEAD, UNBOUND, Hold, HoldReference
from sidetable_source import NotWeakReferenceableError
from sidetable_source.errors import type_name

if TYPE_CHECKING:
    from collections.abc import Container

    from sidetable_core.binding.references import Reference
    from sidetable_core.binding.registrations import Registrations
    from sidetable_core.binding.state import TableState
    from sidetable_core.binding.tails import Binding


@final
class Holding:
    """Objects, held strongly, with the references that a binding of them is made of.

    Attributes:
        owned: What has to be kept for the references to find something.
        references: A reference for each index.
    """

    __slots__ = ("owned", "references")

    def __init__(self, owned: list[object], references: list[Reference]) -> None:
        self.owned: Final = tuple(owned)
        self.references: Final = tuple(references)


def hold_objects(
    state: TableState, objects: tuple[object, ...], indices: Container[int], operation: str
) -> Holding:
    """Returns these objects, held.

    Args:
        state: The table's state.
        objects: The objects, in index order.
        indices: The indices of those that need not be weakly referenceable.
        operation: What the caller is called, for people.

    Raises:
        NotWeakReferenceableError: If an object at another index can not be weakly referenced.
    """
    owned: list[object] = []
    references: list[Reference] = []
    for index, value in enumerate(objects):
        if index in indices:
            hold = Hold(value)
            owned.append(hold)
            references.append(HoldReference(hold))
        else:
            try:
                references.append(ref(value))
            except TypeError as error:
                raise NotWeakReferenceableError(
                    type_name(value), state.name, index, operation
                ) from error
            owned.append(value)
    return Holding(owned, references)


def hold_binding(binding: Binding | Registrations) -> Holding:
    """Returns the objects of a binding that are alive now, held; the dead stay dead."""
    owned: list[object] = []
    references: list[Reference] = []
    for found in references_of(binding):
        reference = found
        if isinstance(found, HoldReference):
            # A hold of its own: what the frame's reference finds goes with the frame.
            there = found.hold
            hold = None if there is None else Hold(there.value)
            owned.append(hold)
            reference = DEAD if hold is None else HoldReference(hold)
        elif found is not UNBOUND:
            value = found()
            owned.append(value)
            reference = DEAD if value is None else ref(value)
        references.append(reference)
    return Holding(owned, references)
