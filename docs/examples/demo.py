"""Two overlapping calls share a hand-made table, then a SideTable. Run it by `hatch run demo`."""

from __future__ import annotations

import logging
import sqlite3
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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
from sidetable_source import LocalSource, ObjectNotAliveError

Rows = list[tuple[str]]
CALLS = 500


@dataclass
class Atlas:
    """One user's service: a log, a lock and a database, none of which fits into a graph."""

    name: str
    log: logging.Logger
    database: sqlite3.Connection
    lock: threading.Lock = field(default_factory=threading.Lock)


def towns(atlas: Atlas, country: str) -> Rows:
    """Return the towns of a country, from the atlas's own database."""
    atlas.log.info("towns of %s", country)
    with atlas.lock:
        query = "select name from town where country = ? order by name"
        return atlas.database.execute(query, (country,)).fetchall()


class HandMade:
    """A side table as most people write it: one list for everybody."""

    def store(self, *objects: object) -> None:
        """Bind the objects to the indices 0, 1, 2 and so on."""
        self.objects = objects

    def get(self, index: int) -> object:
        """Return the object at an index."""
        return self.objects[index]


def main(console: Console) -> bool:
    """Show it all with two real databases; return whether it went as expected."""
    with closing(database("Bodø", "Tromsø")) as one, closing(database("Arendal")) as two:
        north = Atlas("north", logging.getLogger("north"), one)
        south = Atlas("south", logging.getLogger("south"), two)
        return show(console, north, south)


def show(console: Console, north: Atlas, south: Atlas) -> bool:
    """Show it all; return whether it went as expected."""
    heading(console, "1. A function to capture. It uses a log, a lock and a database.")
    code = Syntax(getsource(towns).rstrip(), "python", background_color="default")
    console.print(Padding(code, (0, 0, 0, 3)))
    table = SideTable("atlas")
    graph = capture(towns, north, table)
    console.print("   Its graph is text. It knows the log as 0, the lock as 1, the database as 2.")

    heading(console, f"2. A hand-made table, {CALLS} calls in each of two threads")
    by_hand = HandMade()

    def call(atlas: Atlas, country: str) -> object:
        by_hand.store(atlas.log, atlas.lock, atlas.database)
        return graph.run(by_hand.get, country)

    wrong_by_hand = overlapping(call, north, south)
    console.print(Text(f"   WRONG  {wrong_by_hand:,} of {2 * CALLS:,} calls: rows of the", "red"))
    console.print(Text("          other caller's database, and no error", "red"))

    heading(console, "3. The same calls with SideTable")
    entry = table.entry(partial(graph.run, table.get), like=towns, inputs=[LocalSource("country")])
    wrong = overlapping(entry, north, south)
    report(console, f"{wrong} of {2 * CALLS:,} calls wrong", right=wrong == 0)

    heading(console, "4. What cannot be right is an error: nobody kept the object of this index")
    shown = show_error(console)

    heading(console, "5. The conformance kit's verdict on SideTable")
    verdict = run(SideTable)
    passed = sum(result.verdict == "pass" for result in verdict.results)
    conformant = report(
        console,
        f"{passed} of {len(verdict.results)} requirements pass",
        right=verdict.conformant,
    )
    return wrong_by_hand > 0 and wrong == 0 and shown and conformant


def database(*names: str) -> sqlite3.Connection:
    """Return a new database that has these towns."""
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.execute("create table town (name text, country text)")
    connection.executemany("insert into town values (?, 'no')", [(name,) for name in names])
    return connection


def overlapping(function: Callable[[Atlas, str], object], *atlases: Atlas) -> int:
    """Call a function in a thread for each atlas; return how many results were wrong.

    The threads wait for each other where a call logs. So every two calls overlap, and what goes
    wrong by chance elsewhere goes wrong each time here.
    """
    meeting = threading.Barrier(len(atlases), timeout=60)
    expected = {atlas.name: towns(atlas, "no") for atlas in atlases}
    wrong: list[object] = []

    def meet(_: logging.LogRecord) -> bool:
        meeting.wait()
        return False

    def work(atlas: Atlas) -> None:
        for _ in range(CALLS):
            rows = function(atlas, "no")
            if rows != expected[atlas.name]:
                wrong.append(rows)

    for atlas in atlases:
        atlas.log.setLevel(logging.INFO)
        atlas.log.addFilter(meet)
    with ThreadPoolExecutor(len(atlases)) as pool:
        for future in [pool.submit(work, atlas) for atlas in atlases]:
            future.result()
    for atlas in atlases:
        atlas.log.removeFilter(meet)
    return len(wrong)


class Stream:
    """Something that a graph cannot carry."""


def show_error(console: Console) -> bool:
    """Show the error of a lookup whose object has died; return whether it was raised."""
    table = SideTable("example")
    index = table.register_user_object(Stream(), LocalSource("self").attr("stream"))
    try:
        table.get(index)
    except ObjectNotAliveError as error:
        console.print(Padding(Text(f"{type(error).__name__}: {error}", "yellow"), (0, 0, 0, 3)))
        return True
    return report(console, "nothing was raised", right=False)


def heading(console: Console, text: str) -> None:
    """Print a heading."""
    console.print(Text(text, "bold"))


def report(console: Console, text: str, *, right: bool) -> bool:
    """Print a line with its verdict, and return the verdict."""
    mark = ("right", "green") if right else ("WRONG", "bold red")
    console.print(Text.assemble("   ", mark, f"  {text}"))
    return right


if __name__ == "__main__":
    sys.exit(0 if main(Console(highlight=False)) else 1)
