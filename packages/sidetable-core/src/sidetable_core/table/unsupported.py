"""What happens to an object that the table would have to refer to weakly, and can not."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from sidetable_core.table.registering import register
from sidetable_source import unimplemented

if TYPE_CHECKING:
    from sidetable_core.binding.registrations import FailedGraphCreated, FailedUserObject
    from sidetable_core.binding.state import TableState


def refuse(
    state: TableState,
    failed: FailedUserObject | FailedGraphCreated,
    value: object,
    error: TypeError,
) -> NoReturn:
    """Refuses an object that can not be weakly referenced.

    Args:
        state: The table's state.
        failed: What the edition that uses the index up registers in the object's place.
        value: The object.
        error: What `weakref.ref` raised.

    Raises:
        Unsupported: Always. In edition dynamo-2.13 the index is used up all the same, and a
            graph-created value is kept alive until reset.
    """
    if state.edition.failure_takes_index:
        register(state, failed, *((value,) if failed.graph_created else ()))
    name = failed.type_name
    explanation = f"{name} does not allow weak references, and the table holds no object strongly"
    if failed.graph_created:
        unimplemented(
            gb_type="Failed to make a weak reference to a graph-created object",
            context=f"an example value of type {name}",
            explanation=explanation,
            hints=("Let the graph make an object of a class with a `__weakref__` slot",),
            from_exc=error,
        )
    unimplemented(
        gb_type="Failed to make a weak reference to a user object",
        context=f"an object of type {name}",
        explanation=explanation,
        hints=(
            'Register it with hold="frame": frames and entry functions then hold it for the call',
            "Wrap it in an object of a class with a `__weakref__` slot",
        ),
        from_exc=error,
    )
