"""What a worker lacks: all of it in one error."""

from __future__ import annotations

import asyncio
import pickle
import sys
from types import ModuleType, SimpleNamespace

import pytest

from sidetable_core import SideTable
from sidetable_distributed import CapturedGraph, MissingOnWorkerError, Provider, ShipError, ship
from sidetable_source import GlobalSource, ImportSource, LocalSource


@pytest.fixture
def gone(monkeypatch):
    """A module that is here while a job is made, and then is not."""
    module = ModuleType("gone")
    exec("def use(a=1, b=2, c=3, d=4): return a, b, c, d\nVALUE = 3", vars(module))
    monkeypatch.setitem(sys.modules, "gone", module)
    return module


def missing_of(job, *args):
    """Returns what a job lists as missing."""
    with pytest.raises(MissingOnWorkerError) as caught:
        job(*args)
    assert caught.value.code == "ST602"
    assert all(name in str(caught.value) for name, _ in caught.value.missing)
    assert pickle.loads(pickle.dumps(caught.value)).missing == caught.value.missing
    return [name for name, _ in caught.value.missing]


def test_everything_that_is_missing_is_in_one_error(shop, gone, monkeypatch):
    """The function, factories, checks, sources and kinds of sources; nothing has been made."""
    job = ship(
        gone.use,
        a=Provider("gone:make", close="gone:shut", healthy="shop:no.such.check"),
        b=Provider("shop:Till", "b"),
        c=GlobalSource("VALUE"),
        d=ImportSource("shop").attr("OBJECTS").item("pear"),
    )
    monkeypatch.delitem(sys.modules, "gone")
    assert missing_of(job) == [
        "gone:use",
        "a: gone:make",
        "a: gone:shut",
        "a: shop:no.such.check",
        "c: VALUE",
        'd: import_module("shop").OBJECTS["pear"]',
    ]
    assert shop.noted("made") == []


def test_an_async_function_lists_what_is_missing_too(shop):
    """When it is awaited."""
    job = ship(shop.serve_later, till=Provider("shop:no", close="shop:nothing"))
    with pytest.raises(MissingOnWorkerError) as caught:
        asyncio.run(job())
    assert [name for name, _ in caught.value.missing] == ["till: shop:no", "till: shop:nothing"]


def test_a_parameter_that_is_not_there_is_missing(shop, gone):
    """The worker has another version of the function."""
    job = ship(gone.use, a=GlobalSource("VALUE"), d=GlobalSource("VALUE"))
    assert job() == (3, 2, 3, 3)
    exec("def use(b): return b", vars(gone))
    assert missing_of(job, 1) == ["a", "d"]


def test_a_module_that_was_replaced_is_used_from_the_next_task_on(shop, gone, monkeypatch):
    """As Dask's `upload_file` does it: its functions, and the variables that sources find."""
    job = ship(gone.use, a=GlobalSource("VALUE"))
    assert job() == (3, 2, 3, 4)
    other = ModuleType("gone")
    exec("def use(a): return -a\nVALUE = 5", vars(other))
    monkeypatch.setitem(sys.modules, "gone", other)
    assert job() == -5


def test_an_error_of_the_function_is_its_own(shop, gone):
    """It says nothing about the worker, whatever its type."""
    exec("def use(a): raise KeyError('mine')", vars(gone))
    with pytest.raises(KeyError, match="mine"):
        ship(gone.use, a=GlobalSource("VALUE"))()


def test_an_error_of_a_factory_is_its_own(shop):
    """An engine may retry it: the database may be there later."""
    job = ship(shop.serve, till=Provider("sqlite3:connect", "/no/such/folder/data.sqlite"))
    with pytest.raises(Exception, match="unable to open"):
        job()


@pytest.mark.parametrize("like", ["serve", "serve_later"])
def test_all_that_an_entry_function_does_not_find_is_missing(shop, monkeypatch, like):
    """Each source, and not only the first; what the graph itself raises is its own."""
    table = SideTable("shop")
    for name in ("no_such", "lock", "nothing"):
        table.register_user_object(shop.LOCK, LocalSource("till").attr(name), hold="frame")
    entry = table.entry(lambda till, customer: 1 / 0, like=getattr(shop, like))
    monkeypatch.setattr(shop, "traced", entry, raising=False)
    shipped = ship(entry, till=Provider("shop:Till", "entry"))
    job = shipped if like == "serve" else lambda: asyncio.run(shipped())
    assert missing_of(job) == ["shop:traced: till.no_such", "shop:traced: till.nothing"]
    monkeypatch.setattr(shop.Till, "no_such", 1, raising=False)
    monkeypatch.setattr(shop.Till, "nothing", 1, raising=False)
    with pytest.raises(ZeroDivisionError):
        job()


def test_a_graph_travels_with_its_own_sources(shop):
    """It is called with the worker's objects, and its own check lists what it lacks."""
    graph = shop.Graph("OBJECTS", "LOCK")
    assert isinstance(graph, CapturedGraph)
    job = ship(graph, till=Provider("shop:Till", "graph"))
    assert job.describe().startswith("serve  a graph of shop:serve; ")
    copied = pickle.loads(pickle.dumps(job))
    assert copied()[1:] == (shop.OBJECTS, shop.LOCK)
    assert missing_of(ship(shop.Graph("NO", "LOCK", "NONE")), None) == ["NO", "NONE"]
    with pytest.raises(ZeroDivisionError):
        ship(shop.Graph("OBJECTS", fail=True))(None)


def test_a_graph_that_cannot_be_loaded_is_missing(shop, monkeypatch):
    """Whatever its own error lists, or else the error itself."""
    job = ship(shop.Graph("OBJECTS", absent="OTHER"))
    assert missing_of(job) == ["OTHER"]
    job = ship(shop.Graph("LOCK"))
    monkeypatch.delattr(shop, "Graph")
    assert missing_of(job) == ["shop:serve"]


def test_what_a_graph_holds_is_named_if_it_cannot_travel(shop):
    """With the path to it."""
    graph = shop.Graph("OBJECTS")
    graph.held = SimpleNamespace(locks=[1, shop.LOCK])
    with pytest.raises(ShipError) as caught:
        ship(graph)
    assert [path for path, _ in caught.value.refused] == ["graph.held.locks[1]"]
