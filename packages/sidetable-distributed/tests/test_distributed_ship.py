"""What `ship` refuses, what travels, and how it is described."""

from __future__ import annotations

import inspect
import os
import pickle
import socket
import sqlite3
import subprocess
import sys
import threading
from decimal import Decimal
from pathlib import Path

import pytest
from dask.tokenize import tokenize

from sidetable_core import SideTable
from sidetable_distributed import Provider, ShipError, ship
from sidetable_source import (
    AttrSource,
    ClosureSource,
    GlobalSource,
    ImportSource,
    LocalSource,
    Source,
)


def refusal(function, **objects):
    """Returns what is refused, by path."""
    with pytest.raises(ShipError) as caught:
        ship(function, **objects)
    assert caught.value.code == "ST601"
    assert all(path in str(caught.value) for path, _ in caught.value.refused)
    return dict(caught.value.refused)


def test_every_live_object_is_named_with_the_path_to_it(shop):
    """All of them in one error: arguments, deep inside of containers, and objects themselves."""
    lock = threading.Lock()
    with sqlite3.connect(":memory:") as database, socket.socket() as connection:
        refused = refusal(
            shop.all_kinds,
            first=Provider("shop:Till", database, {"deep": [1, (connection,)]}, lock=lock),
            second=lock,
            third=Provider("shop:Till", frozenset([Decimal(1)]), {Decimal(2): 3}),
        )
    database.close()
    assert {path: why.split(",")[0] for path, why in refused.items()} == {
        "first.args[0]": "it is a live sqlite3.Connection",
        "first.args[1]['deep'][1][0]": "it is a live socket.socket",
        "first.kwargs['lock']": "it is a live _thread.lock",
        "second": "it is a live _thread.lock",
        "third.args[0] (an item)": "it is a live decimal.Decimal",
        "third.args[1] (a key)": "it is a live decimal.Decimal",
    }


def test_a_logger_is_refused_although_it_can_be_pickled(shop):
    """What pickles is not thereby data: its copy would be another object, silently."""
    assert refusal(shop.serve, till=shop.LOGGER).keys() == {"till"}
    assert refusal(shop.serve, till=Provider("shop:Till", shop.LOGGER)).keys() == {"till.args[0]"}


def test_data_that_contains_itself_is_refused(shop):
    """It is not walked for ever."""
    around = []
    around.append(around)
    (path,) = refusal(shop.serve, till=Provider("shop:Till", around))
    assert path.startswith("till.args[0][0]")


def test_a_provider_that_makes_no_sense_is_refused(shop):
    """Each bad field is named."""
    bad = Provider("shop", scope="day", close="a b", healthy="x:y:z", limit=0)
    assert refusal(shop.serve, till=bad).keys() == {
        "till.factory", "till.scope", "till.close", "till.healthy", "till.limit",
    }  # fmt: skip
    assert refusal(shop.serve, till=Provider(len)).keys() == {"till.factory"}


@pytest.mark.parametrize("source", [LocalSource("till"), ClosureSource("till")], ids=str)
def test_a_source_that_starts_at_a_local_variable_is_refused(shop, source):
    """A function that is called by an engine has nobody's local variables."""
    assert refusal(shop.serve, till=source).keys() == {"till"}


class OwnSource(Source):
    """A kind of source that keeps hold of whatever it is given."""

    def __init__(self, **held):
        self.held = held

    def reconstruct(self, codegen):
        codegen.load_const(None)


class Slotted:
    """An object without a dictionary."""

    __slots__ = ("lock",)

    def __init__(self, lock):
        self.lock = lock


def test_what_a_source_of_ones_own_holds_is_named(shop):
    """With the path to each object that cannot be pickled, past those that can."""
    lock = threading.Lock()
    source = OwnSource(a=1, lock=lock, inside=OwnSource(slots=Slotted(lock), again=[]))
    source.held["inside"].held["again"] += [source, lock]
    assert refusal(shop.serve, till=source).keys() == {
        "till.held['lock']",
        "till.held['inside'].held['slots'].lock",
        "till.held['inside'].held['again'][1]",
    }


def test_a_parameter_that_is_not_there_is_refused(shop):
    """Neither a name that no parameter has, nor what gathers arguments."""
    given = ImportSource("shop")
    assert refusal(shop.serve, tll=given).keys() == {"tll"}
    assert refusal(shop.all_kinds, others=given, rest=given).keys() == {"others", "rest"}


def test_a_function_that_no_module_holds_is_refused(shop):
    """A lambda, a function inside another one, and one that was replaced."""
    assert refusal(lambda: None).keys() == {"function"}
    replaced = type(shop.serve)(shop.serve.__code__, vars(shop), "serve")
    assert refusal(replaced).keys() == {"function"}
    replaced.__module__ = "no.such.module"
    assert refusal(replaced).keys() == {"function"}


def test_what_is_no_function_is_refused(shop):
    """A class, a bound method, a partial function."""
    for other in (shop.Till, "text".upper, len):
        assert refusal(other).keys() == {"function"}


def test_a_generator_function_is_refused(shop):
    """Its result cannot be pickled."""
    assert refusal(shop.count_up).keys() == {"function"}


def test_nothing_live_is_in_the_pickle(shop):
    """It is short, and a process that loads it finds only data and names in it."""
    job = ship(shop.serve, till=Provider("shop:Till", "a", scope="process", close="close"))
    data = pickle.dumps(job)
    assert len(data) < 250
    code = (
        "import pickle, sys; job = pickle.loads(sys.stdin.buffer.read());"
        "print(job.describe()); print('shop' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=data, capture_output=True, check=True, timeout=300
    )
    assert done.stdout.decode().replace("\r", "") == job.describe() + "\nFalse\n"


def test_arguments_go_where_no_object_does(shop):
    """By position and by keyword, past the objects of every kind of parameter."""
    lock = GlobalSource("LOCK")
    ends = ship(shop.all_kinds, first=lock, third=lock)
    assert ends(2, 4, x=5) == (shop.LOCK, 2, (4,), shop.LOCK, {"x": 5})
    assert ends(second=2) == (shop.LOCK, 2, (), shop.LOCK, {})
    assert ship(shop.all_kinds, second=lock)(1, 2, 4) == (1, shop.LOCK, (2, 4), 3, {})


@pytest.mark.parametrize("name", ["first", "second", "third"])
def test_no_argument_replaces_an_object(shop, name):
    """Not even where the function gathers keywords."""
    job = ship(shop.all_kinds, **dict.fromkeys(("first", "second", "third"), GlobalSource("LOCK")))
    with pytest.raises(TypeError, match=name):
        job(**{name: None})


def test_sources_find_the_objects_themselves(shop):
    """Those of the module where the job runs, not copies."""
    job = ship(
        shop.price,
        lock=GlobalSource("LOCK"),
        logger=ImportSource("logging").attr("getLogger").call("shop"),
        prices=GlobalSource("OBJECTS").item("prices"),
    )
    shop.OBJECTS["prices"]["fig"] = 7
    assert job("fig") == 7


def test_an_entry_function_is_found_under_any_name(shop, monkeypatch):
    """It fetches its own objects where it runs, from what the job gives it."""
    table = SideTable("shop")
    index = table.register_user_object(shop.LOCK, LocalSource("till").attr("lock"), hold="frame")
    entry = table.entry(lambda till, customer: table.get(index), like=shop.serve)
    with pytest.raises(ShipError):
        ship(entry, till=Provider("shop:Till", "entry"))
    monkeypatch.setattr(shop, "traced", entry, raising=False)
    job = ship(entry, till=Provider("shop:Till", "entry"))
    assert type(job()) is type(shop.LOCK)
    assert job.describe().startswith("traced  the function shop:traced")


def test_a_description_says_what_is_made_where_and_from_what(shop):
    """One line for the function, and one for each object."""
    job = ship(
        shop.serve_two,
        first=Provider("shop:Till", "a", scope="thread", close="shop:close", healthy="ping"),
        second=AttrSource(ImportSource("shop"), "LOCK"),
    )
    size = len(pickle.dumps(job))
    function, first, second = job.describe().splitlines()
    assert function == f"serve_two  the function shop:serve_two; {size} bytes travel"
    assert first.startswith("first      made by shop:Till('a') for each thread (limit 128)")
    assert first.endswith(", closed by shop:close, checked by ping")
    assert second == 'second     found for each task by import_module("shop").LOCK'
    assert repr(job) == "<Job shop:serve_two, objects: first, second>"


def test_providers_are_compared_by_content(shop):
    """The types of the arguments included; the order of sets and keywords is none."""
    assert Provider("a:b", 1, x=1, y=2) == Provider("a:b", 1, y=2, x=1)
    assert hash(Provider("a:b", {3, 1, 2})) == hash(Provider("a:b", {1, 2, 3}))
    assert Provider("a:b", 1) != Provider("a:b", True)
    assert Provider("a:b", 1) != Provider("a:b", 1, scope="thread")
    assert Provider("a:b") != "a:b"


def test_a_provider_can_be_read_and_pasted():
    """Its repr makes an equal one."""
    arguments = ((1,), (1, 2), [b"x"], {"k": {frozenset([2.5])}}, Path("data"), None)
    provider = Provider(
        "a:b", *arguments, close="c", healthy="d:e", limit=3, scope="process", key=1j
    )
    names = {"Provider": Provider, Path("data").__class__.__name__: Path}
    assert eval(repr(provider), names) == provider


def test_the_same_job_has_the_same_token_in_every_process(shop):
    """Whatever the order of hashes there; and another job has another."""
    code = (
        "import shop\n"
        "from sidetable_distributed import Provider, ship\n"
        "from sidetable_source import GlobalSource\n"
        "job = ship(shop.serve_two, first=Provider('shop:Till', {'a', 'b', 'c'}, x=1, y=2),"
        " second=GlobalSource('LOCK'))\n"
        "print(job.__dask_tokenize__())"
    )
    tokens = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            timeout=300,
            text=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    first = Provider("shop:Till", {"c", "b", "a"}, y=2, x=1)
    job = ship(shop.serve_two, first=first, second=GlobalSource("LOCK"))
    assert tokens == {str(job.__dask_tokenize__())}
    assert tokenize(pickle.loads(pickle.dumps(job))) == tokenize(job)
    others = [
        ship(shop.serve_two, first=first, second=GlobalSource("LOGGER")),
        ship(shop.serve_two, first=Provider("shop:Till", "a"), second=GlobalSource("LOCK")),
        ship(shop.serve_two, first=first),
        ship(shop.serve, till=first),
    ]
    assert len({tokenize(each) for each in (job, *others)}) == 5


def test_a_job_has_the_name_of_its_function(shop):
    """Dask names its tasks by it; a job says too whether its result is to be awaited."""
    assert ship(shop.serve).__name__ == "serve"
    coroutine = ship(shop.serve_later)(1)
    assert inspect.iscoroutine(coroutine)
    coroutine.close()
