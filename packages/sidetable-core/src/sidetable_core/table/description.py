"""A table as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sidetable_core.binding.lookup import bound_count, is_bound, reference_at
from sidetable_core.binding.references import UNBOUND, HoldReference
from sidetable_source.errors import printable, type_name

if TYPE_CHECKING:
    from sidetable_core.binding.references import Reference
    from sidetable_core.binding.registrations import Registration, Registrations
    from sidetable_core.binding.state import TableState
    from sidetable_core.binding.tails import Binding


def describe(state: TableState) -> str:
    """Returns the description; see `SideTable.describe`."""
    registrations = state.registrations
    binding = state.binding
    bound = bound_count(binding)
    heading = f"table {printable(state.name)}, edition {state.edition.name}: "
    heading += f"{len(registrations)} registered, {bound} bound in this context"
    rows = [
        _row(index, registrations.at(index), binding)
        for index in range(max(len(registrations), bound))
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
    return "\n".join([heading, *lines])


def _row(
    index: int, registration: Registration | None, binding: Binding | Registrations | None
) -> tuple[str, ...]:
    reference = UNBOUND if binding is None else reference_at(binding, index)
    means = _meaning(reference) if is_bound(binding, index) else "not bound"
    if registration is None:
        return (str(index), "not registered", "", "", means, "")
    return (
        str(index),
        printable(registration.origin_text),
        printable(registration.type_name),
        _life(registration),
        means,
        f"registered at {printable(registration.site)}",
    )


def _life(registration: Registration) -> str:
    if not registration.refers:
        return registration.life
    return "dead" if registration() is None else "alive"


def _meaning(reference: Reference) -> str:
    value = reference()
    if value is not None:
        return f"bound to a {printable(type_name(value))}"
    if isinstance(reference, HoldReference) and reference.hold is not None:
        return "bound to a NoneType"
    return "bound to a dead object"
