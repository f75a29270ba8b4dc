"""What the demonstration of sidetable_distributed ships. Its workers import it by this name."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading

LOCK = threading.Lock()
TOWNS = {"Bodø": 53_000, "Tromsø": 78_000, "Arendal": 46_000, "Stavanger": 149_000}


class Atlas:
    """A connection to a database in a file, which says where it was made."""

    def __init__(self, path: str) -> None:
        self.process = os.getpid()
        self.database = sqlite3.connect(path)

    def ping(self) -> None:
        """Fail if the connection does not work."""
        self.database.execute("select 1")

    def close(self) -> None:
        """Close it."""
        self.database.close()


def write(path: str) -> None:
    """Write the database."""
    database = sqlite3.connect(path)
    with database:
        database.execute("create table town (name text, people integer)")
        database.executemany("insert into town values (?, ?)", TOWNS.items())
    database.close()


def people(
    atlas: Atlas, lock: threading.Lock, log: logging.Logger, town: str
) -> tuple[int, int, int]:
    """Return how many live there, the process that asks, and the one that made the connection."""
    with lock:
        log.info("people of %s", town)
        query = "select people from town where name = ?"
        (number,) = atlas.database.execute(query, (town,)).fetchone()
        return number, os.getpid(), atlas.process
