"""What entering a frame binds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sidetable_core.binding.references import Reference
    from sidetable_core.binding.state import TableState
    from sidetable_core.binding.tails import FrameTail


def enter(state: TableState, tail: FrameTail, references: tuple[Reference, ...]) -> None:
    """Binds references in the current context, as a frame with this tail."""
    state.tail_over(state.settled())
    tail.put_in_place(state.variable, (*references, state.anchor, tail))
