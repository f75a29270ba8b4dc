"""What tests ship: functions, objects, and what makes them. Workers import this by its name."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import sqlite3
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path

from sidetable_source import GlobalSource, SideTableError, Source

LOCK = threading.Lock()
LOGGER = logging.getLogger("shop")
OBJECTS = {"lock": LOCK, "prices": {"pear": 3}}


def ledger() -> Path:
    """Returns the file in which objects that are made and closed are noted."""
    return Path(os.environ["SHOP_LOG"])


def note(path: Path, *words: object) -> None:
    """Adds a line to a file, in one piece whoever else is writing."""
    line = " ".join(map(str, (*words, os.getpid()))) + "\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


def noted(word: str) -> list[str]:
    """Returns the names of what was made, closed or pinged, in order."""
    lines = [line.split() for line in ledger().read_text().splitlines()]
    return [name for what, name, _ in lines if what == word]


def processes(word: str) -> dict[str, str]:
    """Returns for each name the process in which that happened."""
    lines = [line.split() for line in ledger().read_text().splitlines()]
    return {name: process for what, name, process in lines if what == word}


class Till:
    """An object that cannot travel, and tells what becomes of it."""

    made = 0

    def __init__(self, name: str, path: str = "") -> None:
        type(self).made += 1
        self.name = f"{name}-{os.getpid()}-{type(self).made}"
        self.process = os.getpid()
        self.thread = threading.get_ident()
        self.lock = threading.Lock()
        self.is_open = True
        self.uses = 0
        self.ledger = Path(path) if path else ledger()
        note(self.ledger, "made", self.name)

    def close(self) -> None:
        note(self.ledger, "closed", self.name)
        self.is_open = False

    def ping(self) -> None:
        if not self.is_open:
            raise ConnectionError("closed")


class SickTill(Till):
    """One that is never healthy."""

    def ping(self) -> bool:
        note(self.ledger, "pinged", self.name)
        return False


class StubbornTill(Till):
    """One that cannot be closed."""

    def close(self) -> None:
        super().close()
        raise OSError("jammed")


class Confined(Till):
    """One that only its own thread may close."""

    def close(self) -> None:
        assert threading.get_ident() == self.thread
        super().close()


def make_by_itself() -> Till:
    """Makes one with a job that needs it."""
    from sidetable_distributed import Provider, ship  # noqa: PLC0415  # only here

    return ship(serve, till=Provider("shop:make_by_itself", scope="process"))()


def close(till: Till) -> None:
    """Closes one from outside."""
    till.close()


def is_fresh(till: Till) -> bool:
    """Returns whether it has been used less than twice."""
    return till.uses < 2


def serve(till: Till, customer: object = None) -> tuple[str, int, bool]:
    """Uses one."""
    till.uses += 1
    return till.name, till.uses, till.is_open


def serve_two(first: Till, second: Till) -> tuple[str, str]:
    """Uses two."""
    return first.name, second.name


def fail(till: Till, error: str) -> None:
    """Uses one, and fails."""
    till.uses += 1
    raise {"ValueError": ValueError, "KeyboardInterrupt": KeyboardInterrupt}[error](till.name)


def fail_first(till: Till, marker: str) -> str:
    """Fails the first time ever."""
    try:
        Path(marker).touch(exist_ok=False)
    except FileExistsError:
        return till.name
    raise ValueError("the first time")


def price(lock: threading.Lock, logger: logging.Logger, prices: dict[str, int], fruit: str) -> int:
    """Uses what the module holds."""
    with lock:
        logger.info("price of %s", fruit)
        return prices[fruit]


async def serve_later(till: Till, customer: object = None) -> tuple[str, int, bool]:
    """Uses one, in an event loop."""
    return serve(till, customer)


async def make_later() -> None:
    """What no factory may be."""


def all_kinds(first, /, second, *others, third=3, **rest):
    """Has every kind of parameter."""
    return first, second, others, third, rest


def count_up():
    """A generator function."""
    yield 1


async def meet(till: Till, meeting: asyncio.Barrier, arrived: asyncio.Event) -> str:
    """Uses one while another does."""
    arrived.set()
    await meeting.wait()
    return till.name


def call(till: Till, job: object) -> list[object]:
    """Runs another job while one is in use."""
    till.uses += 1
    return [job(), till.is_open]


class ForkedError(BaseException):
    """Raised in a forked child."""


def fork(till: Till) -> bool:
    """Forks while one is in use."""
    child = os.fork()
    if not child:
        raise ForkedError
    os.waitpid(child, 0)
    return till.is_open


def same(value: object) -> str:
    """Returns the name of a file."""
    return str(value.name)


def where() -> int:
    """Says which process this is."""
    return os.getpid()


class AbsentError(SideTableError):
    """Lists what a graph lacks."""

    def __init__(self, missing: list[tuple[str, str]]) -> None:
        super().__init__(missing)
        self.missing = missing


class Graph:
    """A graph that fetches objects of this module, as one of torch.fx would."""

    like = staticmethod(serve)

    def __init__(self, *names: str, fail: bool = False, absent: str = "") -> None:
        self.names = names
        self.fail = fail
        self.absent = absent

    @property
    def sources(self) -> tuple[Source, ...]:
        return tuple(map(GlobalSource, self.names))

    def check(self, *args: object, **kwargs: object) -> None:
        absent = [(name, "it is not there") for name in self.names if name not in globals()]
        if absent:
            raise AbsentError(absent)

    def __call__(self, till: object = None, customer: object = None) -> object:
        if self.fail:
            return 1 / 0
        return (till, *(globals()[name] for name in self.names))

    def __setstate__(self, state: dict[str, object]) -> None:
        if state["absent"]:
            raise AbsentError([(str(state["absent"]), "it is not there")])
        vars(self).update(state)


class Database:
    """A connection to a database in a file."""

    made = 0

    def __init__(self, path: str) -> None:
        type(self).made += 1
        self.name = f"database-{os.getpid()}-{type(self).made}"
        self.connection = sqlite3.connect(path)
        self.ledger = ledger()
        note(self.ledger, "made", self.name)

    def ping(self) -> None:
        self.connection.execute("select 1")

    def close(self) -> None:
        note(self.ledger, "closed", self.name)
        self.connection.close()


def tokenizer(pattern: str) -> Callable[[str], list[str]]:
    """Makes what splits a text into words, and cannot be pickled."""
    return lambda text: re.findall(pattern, text)


def look_up(
    database: Database,
    lock: threading.Lock,
    logger: logging.Logger,
    tokenizer: Callable[[str], list[str]],
    text: str,
) -> tuple[str, int]:
    """Uses one of each."""
    with lock:
        *_, key = tokenizer(text)
        logger.info("looking up %s", key)
        (value,) = database.connection.execute(
            "select value from item where key = ?", (key,)
        ).fetchone()
        return value, os.getpid()


def run_in_a_loop(job: Callable[[], Coroutine[object, object, object]]) -> object:
    """What a user writes where the engine runs no event loop."""
    return asyncio.run(job())


def serve_or_die(till: Till, number: int, deadly: int, marker: str) -> tuple[int, int, int, str]:
    """Uses one; the first attempt at one number kills its worker."""
    till.uses += 1
    if number == deadly:
        try:
            Path(marker).touch(exist_ok=False)
        except FileExistsError:
            pass
        else:
            os.kill(os.getpid(), signal.SIGKILL)
    return number * number, os.getpid(), till.process, till.name


def attempt(path: str) -> object:
    """Notes that it is called."""
    with Path(path).open("a") as file:
        file.write("once\n")
    return None


RUNNING = threading.Event()
GO_ON = threading.Event()


def wait_and_fail_once() -> str:
    """Fails the first time, once it may go on."""
    if RUNNING.is_set():
        return "the second time"
    RUNNING.set()
    GO_ON.wait()
    raise ValueError("the first time")
