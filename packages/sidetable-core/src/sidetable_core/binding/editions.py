"""The two editions of the rules, as the facts in which they differ."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, final

EditionName: TypeAlias = Literal["dynamo-2.13", "2026.11"]


@final
class Edition:
    """What one edition asks of a table where the editions ask for opposite things.

    Attributes:
        name: The edition's name, as `SideTable(edition=...)` takes it.
        failure_takes_index: A failed registration uses its index up, is enumerated among the
            constructors, and keeps a graph-created value alive until reset.
        failure_clears_binding: A failed store leaves nothing bound.
        set_keeps_until_reset: A value put in by `set` is kept alive until reset, and not only
            as long as the binding that it was put into.
        foreign_sources: Any value is taken for a source, so that a compiler's own will do.
    """

    __slots__ = (
        "failure_clears_binding",
        "failure_takes_index",
        "foreign_sources",
        "name",
        "set_keeps_until_reset",
    )

    def __init__(
        self,
        name: EditionName,
        *,
        failure_takes_index: bool,
        failure_clears_binding: bool,
        set_keeps_until_reset: bool,
        foreign_sources: bool,
    ) -> None:
        self.name: Final = name
        self.failure_takes_index: Final = failure_takes_index
        self.failure_clears_binding: Final = failure_clears_binding
        self.set_keeps_until_reset: Final = set_keeps_until_reset
        self.foreign_sources: Final = foreign_sources


EDITIONS: Final[tuple[Edition, ...]] = (
    Edition(
        name="2026.11",
        failure_takes_index=False,
        failure_clears_binding=False,
        set_keeps_until_reset=False,
        foreign_sources=False,
    ),
    Edition(
        name="dynamo-2.13",
        failure_takes_index=True,
        failure_clears_binding=True,
        set_keeps_until_reset=True,
        foreign_sources=True,
    ),
)


def edition_named(name: str) -> Edition:
    """Returns the edition with this name.

    Raises:
        ValueError: If there is no such edition.
    """
    for edition in EDITIONS:
        if edition.name == name:
            return edition
    known = ", ".join(repr(edition.name) for edition in EDITIONS)
    msg = f"there is no edition {name!r}; the editions are {known}"
    raise ValueError(msg)
