"""What happened between two states, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .states import UNKNOWN, Layer, State, Table, Thing


def told(before: State, after: State) -> tuple[str, ...]:
    """Returns a sentence for each thing that happened, or one that says that nothing did."""
    names = {thing.number: spoken(thing) for thing in (*before.things, *after.things)}
    names[UNKNOWN] = "an object that is dead already"
    return tuple(_sentences(before, after, names))


def spoken(thing: Thing) -> str:
    """Returns what an object is called.

    Example:
        >>> spoken(Thing(1, "Pool", "one", "alive", ()))
        'Pool “one”'
    """
    return f"{thing.kind} “{thing.name}”" if thing.name else f"a {thing.kind}"


def _sentences(before: State, after: State, names: dict[int, str]) -> Iterator[str]:
    yield from _layers(before, after, names)
    old = {table.number: table for table in before.tables}
    for table in after.tables:
        if table.number not in old:
            yield f"There is a table, “{table.name}”."
        yield from _rows(old.get(table.number), table, names)
    lives = {thing.number: thing.life for thing in before.things}
    for thing in after.things:
        if thing.number not in lives:
            yield f"{_big(names[thing.number])} was made."
        elif thing.life == "dead" != lives[thing.number]:
            yield f"{_big(names[thing.number])} has died: nothing holds it any more."
    kept = {one.number for one in before.kept if one.kind == "snapshot"}
    for one in after.kept:
        if one.kind == "snapshot" and one.number not in kept:
            yield f"A snapshot was taken. It holds {_listed(one.holds, names)}."
    for _ in kept - {one.number for one in after.kept}:
        yield "A snapshot is gone, and holds nothing any more."


def _layers(before: State, after: State, names: dict[int, str]) -> Iterator[str]:
    left = {(layer.kind, layer.number) for layer in after.layers}
    came = {(layer.kind, layer.number) for layer in before.layers}
    for layer in reversed(before.layers):
        if layer.kind != "found" and (layer.kind, layer.number) not in left:
            what = f"The call of {layer.name} is over" if layer.name else "The frame was left"
            yield f"{what}. What it had found is bound again."
    for layer in after.layers:
        if layer.kind != "found" and (layer.kind, layer.number) not in came:
            yield _entered(layer, names)


def _entered(layer: Layer, names: dict[int, str]) -> str:
    objects = _listed([number for _, number in layer.binds], names)
    if layer.kind == "entry":
        return f"The entry function {layer.name} fetched {objects}, bound it, and runs the graph."
    return f"A frame was entered. It holds and binds {objects}."


def _rows(before: Table | None, after: Table, names: dict[int, str]) -> Iterator[str]:
    old = {row.index: row for row in before.rows} if before else {}
    registered = {index for index, row in old.items() if row.source}
    for row in after.rows:
        if row.source and row.index not in registered:
            yield f"{row.source} was registered, and has index {row.index}."
        was = old[row.index].bound if row.index in old else None
        if row.bound == was:
            continue
        if row.bound is None:
            yield f"Index {row.index} is not bound here."
        else:
            yield f"Index {row.index} means {names.get(row.bound, 'an object')}."
    now = {row.index for row in after.rows}
    for index in sorted(registered - {row.index for row in after.rows if row.source}):
        yield f"Index {index} is not registered any more."
    for index in sorted(set(old) - registered - now):
        yield f"Index {index} is not bound any more."


def _listed(numbers: Iterable[int], names: dict[int, str]) -> str:
    return " and ".join(names.get(number, "an object") for number in numbers) or "nothing"


def _big(text: str) -> str:
    return text[:1].upper() + text[1:]
