"""A graph that carries only integers uses a database, a lock and a logger. `hatch run demo`."""

from __future__ import annotations

import logging
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from inspect import getsource

from rich.console import Console
from rich.padding import Padding
from rich.syntax import Syntax
from rich.text import Text
from tracer import capture

from sidetable_conformance import run
from sidetable_core import SideTable
from sidetable_source import LocalSource, SideTableError

Rows = list[tuple[str]]
CALLS = 500


@dataclass
class Atlas:
    """One user's service: the things that a graph can not carry."""

    database: sqlite3.Connection
    lock: threading.Lock = field(default_factory=threading.Lock)
    log: logging.Logger = field(default_factory=lambda: logging.getLogger("atlas"))


def towns(atlas: Atlas, country: str) -> Rows:
    """Return the towns of a country, from the atlas's own database."""
    with atlas.lock:
        atlas.log.info("towns of %s", country)
        query = "select name from town where country = ? order by name"
        return atlas.database.execute(query, (country,)).fetchall()


def towns_named(*names: str) -> sqlite3.Connection:
    """Return a new database that has these towns."""
    database = sqlite3.connect(":memory:", check_same_thread=False)
    database.execute("create table town (name text, country text)")
    database.executemany("insert into town values (?, 'no')", [(name,) for name in names])
    return database


def main(console: Console) -> bool:
    """Show it all with two real databases; return whether everything was right."""
    with (
        closing(towns_named("Bodø", "Tromsø")) as north,
        closing(towns_named("Arendal", "Stavanger")) as south,
    ):
        return show(console, Atlas(north), Atlas(south))


def show(console: Console, north: Atlas, south: Atlas) -> bool:
    """Show it all; return whether everything was right."""
    table = SideTable("atlas")
    graph = capture(towns, north, table)
    before = graph.to_json()

    heading(console, "1", "A function is captured into a graph that carries only integers")
    for number, instruction in enumerate(graph.instructions):
        console.print(Text(f"   %{number} = {instruction_text(instruction)}", "cyan"))

    heading(console, "2", "Generated code fetches the objects again, in front of the graph")
    entry = table.entry(partial(graph.run, table.get), like=towns, inputs=[LocalSource("country")])
    text = getsource(entry).rstrip()
    code = Syntax(text, "python", background_color="default", word_wrap=True)
    console.print(Padding(code, (0, 0, 0, 3)))

    heading(console, "3", "Called with two databases, each call gets its own")
    expected = {"north": [("Bodø",), ("Tromsø",)], "south": [("Arendal",), ("Stavanger",)]}
    in_turn = {"north": entry(north, "no"), "south": entry(south, "no")}
    for name, rows in in_turn.items():
        names = ", ".join(row[0] for row in rows)
        report(console, f"{name}: {names}", right=rows == expected[name])
    wrong = at_once(entry, [(north, expected["north"]), (south, expected["south"])])
    at_once_right = report(
        console, f"two threads at once, {CALLS} calls each: {wrong} wrong", right=wrong == 0
    )
    untouched = report(
        console, "the graph is the same text as before", right=graph.to_json() == before
    )

    heading(console, "4", "What goes wrong says so")
    shown = [show_error(console, fault) for fault in (dead, never_bound, not_weak)]

    heading(console, "5", "The conformance kit's verdict on the table")
    verdict = run(SideTable, edition="2026.11")
    passed = sum(result.verdict == "pass" for result in verdict.results)
    asked = len(verdict.results)
    conformant = report(
        console,
        f"sidetable_core:SideTable, edition 2026.11, profile core: {passed} of {asked} pass",
        right=not verdict.failed and passed == asked,
    )
    return in_turn == expected and at_once_right and untouched and all(shown) and conformant


def at_once(entry: Callable[..., Rows], cases: Iterable[tuple[Atlas, Rows]]) -> int:
    """Call the entry function from a thread for each case; return how many calls were wrong."""
    wrong: list[object] = []
    cases = list(cases)
    start = threading.Barrier(len(cases))

    def work(atlas: Atlas, expected: Rows) -> None:
        start.wait()
        for _ in range(CALLS):
            try:
                rows = entry(atlas, "no")
            except Exception as error:  # noqa: BLE001  # counted, whatever it is
                wrong.append(error)
            else:
                if rows != expected:
                    wrong.append(rows)

    threads = [threading.Thread(target=work, args=case) for case in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(wrong)


class Stream:
    """Something that can be weakly referenced."""


def dead(table: SideTable) -> None:
    """Look up an object that nobody kept."""
    index = table.register_user_object(Stream(), LocalSource("self").attr("streams").item("main"))
    table.get(index)


def never_bound(table: SideTable) -> None:
    """Look up an index that was never given out."""
    table.store(table)
    table.get(7)


def not_weak(table: SideTable) -> None:
    """Register a connection as if it could be weakly referenced."""
    with closing(sqlite3.connect(":memory:")) as connection:
        table.register_user_object(connection, LocalSource("self").attr("database"))


def show_error(console: Console, fault: Callable[[SideTable], None]) -> bool:
    """Show the error that a fault raises; return whether it raised one of the table's own."""
    try:
        fault(SideTable("example"))
    except SideTableError as error:
        console.print(Padding(Text(f"{type(error).__name__}: {error}", "yellow"), (0, 0, 0, 3)))
        return True
    return report(console, f"{fault.__name__} raised nothing", right=False)


def instruction_text(instruction: list[object]) -> str:
    """Return an instruction as a person would write it."""
    operation, *operands = instruction
    if operation != "call":
        return f"{operation} {operands[0]}"
    subject, method, *arguments = operands
    return f"call %{subject}.{method}({', '.join(map(operand_text, arguments))})"


def operand_text(operand: list[object]) -> str:
    """Return an operand as a person would write it."""
    kind, content = operand
    if kind == "tuple":
        return f"({', '.join(map(operand_text, content))},)"
    return f"%{content}" if kind == "value" else repr(content)


def heading(console: Console, number: str, text: str) -> None:
    """Print a heading."""
    console.print(Text(f"{number}. {text}", "bold"))


def report(console: Console, text: str, *, right: bool) -> bool:
    """Print a line with its verdict, and return the verdict."""
    mark = ("right", "green") if right else ("WRONG", "bold red")
    console.print(Text.assemble("   ", mark, f"  {text}"))
    return right


if __name__ == "__main__":
    sys.exit(0 if main(Console(highlight=False)) else 1)
