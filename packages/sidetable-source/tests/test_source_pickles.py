"""Pickles: a source comes back equal, and a forged pickle makes no bad source."""

from __future__ import annotations

import copy
import io
import pickle
import pickletools

import pytest

from sidetable_source import (
    AttrSource,
    CallSource,
    ClosureSource,
    ConstantSource,
    GetItemSource,
    GlobalSource,
    ImportSource,
    InvalidSourceError,
    LocalSource,
)

X = LocalSource("x")

SOURCES = [
    X,
    ClosureSource("é"),
    GlobalSource("x"),
    ImportSource("os.path"),
    ConstantSource(
        (1, True, -0.0, float("nan"), 2j, "\ud800", b"\x00", ..., None, frozenset({()}))
    ),
    X.attr("pool").item("main").attr("connection"),
    X.item(LocalSource("i")).call(1, X, k=ConstantSource(2)),
]

KINDS = {
    LocalSource: ("x",),
    ClosureSource: ("x",),
    GlobalSource: ("x",),
    ConstantSource: (1,),
    ImportSource: ("os",),
    AttrSource: (X, "y"),
    GetItemSource: (X, 0),
    CallSource: (X, (), ()),
}

BAD_FIELDS = [
    (LocalSource, ("a b",)),
    (ClosureSource, ("class",)),
    (GlobalSource, (1,)),
    (ImportSource, ("os;x",)),
    (ConstantSource, ([],)),
    (ConstantSource, (X,)),
    (AttrSource, (X, "a.b")),
    (AttrSource, ("x", "a")),
    (GetItemSource, (X, [])),
    (GetItemSource, (None, 0)),
    (CallSource, (X, [], ())),
    (CallSource, (X, (), (("k", 1), ("k", 1)))),
]


def dumped(value, protocol):
    """The opcodes that push one value, without the frame around them."""
    pickled = pickle.dumps(value, protocol)
    return pickled[2 if protocol else 0 : -1]


def global_of(kind):
    """The opcode that pushes a class."""
    return f"c{kind.__module__}\n{kind.__name__}\n".encode()


def forged(*opcodes):
    """A pickle of just these opcodes."""
    return pickle.PROTO + b"\x02" + b"".join(opcodes) + pickle.STOP


def opcodes_of(pickled):
    """The names of the opcodes in a pickle."""
    return {opcode.name for opcode, _argument, _position in pickletools.genops(pickled)}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: type(source).__name__)
def test_round_trip(source, protocol):
    """A source comes back equal from every protocol, by both implementations of pickle."""
    pickled = pickle.dumps(source, protocol)
    buffer = io.BytesIO()
    pickle._Pickler(buffer, protocol).dump(source)
    for load in (pickle.loads, pickle._loads):
        assert load(pickled) == source
        assert load(buffer.getvalue()) == source


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: type(source).__name__)
def test_copies(source):
    """A copy, deep or not, is an equal source."""
    assert copy.copy(source) == source
    assert copy.deepcopy(source) == source


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickled_through_the_constructor(protocol):
    """A pickle calls the constructor, which validates, and sets no state."""
    used = opcodes_of(pickle.dumps(SOURCES[-1], protocol))
    assert "REDUCE" in used
    assert not used & {"BUILD", "NEWOBJ", "NEWOBJ_EX", "INST", "OBJ"}


def test_pickles_of_0_1_0():
    """A pickle that was written by version 0.1.0 can still be read."""
    pickled = (
        b"\x80\x02csidetable_source.sources\nAttrSource\ncsidetable_source.sources\nLocalSource\n"
        b"X\x04\x00\x00\x00self\x85RX\x04\x00\x00\x00pool\x86R."
    )
    assert pickle.loads(pickled) == LocalSource("self").attr("pool")


@pytest.mark.parametrize(
    ("kind", "fields"), BAD_FIELDS, ids=lambda value: getattr(value, "__name__", "")
)
def test_forged_fields(kind, fields):
    """Bad fields in a pickle are refused as they are by the constructor."""
    arguments = [pickle.MARK, *(dumped(field, 2) for field in fields), pickle.TUPLE]
    with pytest.raises(InvalidSourceError):
        pickle.loads(forged(global_of(kind), *arguments, pickle.REDUCE))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("state", [{}, {"member": "x y"}, None, (None, {"local_name": "x y"})])
def test_forged_state(kind, state):
    """A pickle cannot change a source that it made, nor give one a state."""
    made = dumped(kind(*KINDS[kind]), 2)
    with pytest.raises(InvalidSourceError, match="tries to change"):
        pickle.loads(forged(made, dumped(state, 2), pickle.BUILD))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "use",
    [
        repr,
        hash,
        copy.copy,
        pickle.dumps,
        lambda half: half.name,
        lambda half: half == half,  # noqa: PLR0124  # even this asks for the content
    ],
)
def test_half_made(kind, use):
    """What a pickle makes without the constructor has no fields, and is refused when it is used."""
    arguments = [pickle.MARK, *(dumped(field, 2) for field in KINDS[kind]), pickle.TUPLE]
    half = pickle.loads(forged(global_of(kind), *arguments, pickle.NEWOBJ))
    with pytest.raises(InvalidSourceError, match=f"This {kind.__name__} is half-made"):
        use(half)


def test_misspelled_attribute():
    """An attribute that no source has is an error as everywhere."""
    with pytest.raises(AttributeError, match="'LocalSource' object has no attribute 'nmae'"):
        X.nmae  # noqa: B018  # the access is what is tested


def test_forged_chain_too_deep():
    """A pickle cannot make a chain deeper than the constructor allows."""
    deep = dumped(X, 2)
    for _ in range(100):
        deep = global_of(AttrSource) + deep + dumped("a", 2) + pickle.TUPLE2 + pickle.REDUCE
    with pytest.raises(InvalidSourceError, match="100 levels deep"):
        pickle.loads(forged(deep))
