"""Properties of all sources: the name, the code, the repr and the pickle agree.

The code is checked on a small machine of its own, which works on descriptions of values; the name
is parsed by Python, and the syntax tree read into the same descriptions.
"""

from __future__ import annotations

import ast
import copy
import keyword
import pickle
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sidetable_source import (
    ClosureSource,
    Codegen,
    ConstantSource,
    GlobalSource,
    ImportSource,
    InvalidSourceError,
    LocalSource,
)

pytestmark = pytest.mark.slow

# These calls are how a name writes some constants, so as names they would mean two things.
WRITTEN_AS_CALLS = {"float": float, "complex": complex, "frozenset": frozenset}


def exact(value):
    """Describes a constant by content and exact type, in an order of its own."""
    kind = type(value).__name__
    if isinstance(value, tuple):
        return (kind, *map(exact, value))
    if isinstance(value, frozenset):
        return (kind, *sorted(map(exact, value), key=repr))
    if isinstance(value, complex):
        return (kind, exact(value.real), exact(value.imag))
    return (kind, value.hex() if isinstance(value, float) else repr(value))


class Machine(Codegen):
    """Runs the verbs at once, on a stack of descriptions."""

    def __init__(self):
        self.stack = []

    def load_local(self, name):
        self.stack.append(("name", name))

    load_closure = load_global = load_local

    def load_const(self, value):
        self.stack.append(("constant", exact(value)))

    def load_import(self, module):
        self.stack.append(("call", ("name", "import_module"), ("constant", exact(module))))

    def get_attr(self, member):
        self.stack.append(("attribute", self.stack.pop(), member))

    def get_item(self):
        key = self.stack.pop()
        self.stack.append(("item", self.stack.pop(), key))

    def call(self, n_args, keywords=()):
        named = [(name, self.stack.pop()) for name in reversed(keywords)]
        args = [self.stack.pop() for _ in range(n_args)][::-1]
        self.stack.append(("call", self.stack.pop(), *args, *named[::-1]))


def code_of(source):
    """Describes what the code of a source does."""
    machine = Machine()
    machine(source)
    (described,) = machine.stack
    return described


def name_of(source):
    """Describes what the name of a source means."""
    return described(ast.parse(source.name, mode="eval").body)


def described(node):
    """Describes a syntax tree as the machine describes its values."""
    match node:
        case ast.Name(name):
            return ("name", name)
        case ast.Attribute(base, member):
            return ("attribute", described(base), member)
        case ast.Subscript(base, key):
            return ("item", described(base), described(key))
        case ast.Call(ast.Name(name)) if name in WRITTEN_AS_CALLS:
            return ("constant", exact(constant(node)))
        case ast.Call(function, args, keywords):
            named = [(each.arg, described(each.value)) for each in keywords]
            return ("call", described(function), *map(described, args), *named)
        case _:
            return ("constant", exact(constant(node)))


def constant(node):
    """Evaluates the syntax tree of a constant."""
    return eval(compile(ast.Expression(node), "constant", "eval"), WRITTEN_AS_CALLS)


def is_name(text):
    """Tells names from text, by what Python says of each character."""
    return (
        text.isidentifier()
        and not keyword.iskeyword(text)
        and text != "__debug__"
        and text not in WRITTEN_AS_CALLS
        and unicodedata.normalize("NFKC", text) == text
    )


letters = st.characters(categories=["L", "Nd", "Mn", "Pc"])
names = st.sampled_from(["self", "x", "_", "match", "é", "__import__"]) | st.text(
    letters, min_size=1, max_size=8
).filter(is_name)
modules = st.lists(names, min_size=1, max_size=3).map(".".join)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(10**640) + 1, 10**640 - 1),
    st.floats(),
    st.complex_numbers(),
    st.text(st.characters()),
    st.binary(),
    st.just(...),
)
constants = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4).map(tuple) | st.frozensets(inner, max_size=4),
    max_leaves=8,
)
roots = st.one_of(
    st.builds(LocalSource, names),
    st.builds(ClosureSource, names),
    st.builds(GlobalSource, names),
    st.builds(ConstantSource, constants),
    st.builds(ImportSource, modules),
)


def steps(inner):
    """Makes sources one step longer."""
    values = inner | constants
    return st.one_of(
        st.builds(lambda base, member: base.attr(member), inner, names),
        st.builds(lambda base, key: base.item(key), inner, values),
        st.builds(
            lambda function, args, kwargs: function.call(*args, **kwargs),
            inner,
            st.lists(values, max_size=3),
            st.dictionaries(names, values, max_size=3),
        ),
    )


sources = st.recursive(roots, steps, max_leaves=8)


@given(sources)
def test_name_is_the_code(source):
    """The name, read by Python, means what the code does; it is one printable line."""
    assert name_of(source) == code_of(source)
    assert source.name.isprintable()


@given(sources)
def test_repr_pastes_back(source):
    """The repr makes an equal source again; it is one printable line."""
    again = eval(repr(source))
    assert again == source
    assert hash(again) == hash(source)
    assert code_of(again) == code_of(source)
    assert repr(source).isprintable()


@given(sources, st.integers(0, pickle.HIGHEST_PROTOCOL))
def test_pickle_and_copies(source, protocol):
    """A pickle and a deep copy are equal sources, which write the same code."""
    for again in (pickle.loads(pickle.dumps(source, protocol)), copy.deepcopy(source)):
        assert again == source
        assert hash(again) == hash(source)
        assert code_of(again) == code_of(source)


@given(st.lists(sources, min_size=2, max_size=3))
def test_equality(some):
    """Equality is an equivalence that is neither coarser nor finer than kinds and code."""
    one, other, third = some[0], some[1], some[-1]
    assert one == one  # noqa: PLR0124  # the law under test
    assert (one == other) == (other == one)
    assert (one == other) == (repr(one) == repr(other))
    assert not (one == other == third) or one == third
    assert one != other or (hash(one) == hash(other) and code_of(one) == code_of(other))


@given(constants, constants)
def test_equal_constants(one, other):
    """Two constants make equal sources exactly if content and exact types are the same."""
    same = exact(one) == exact(other)
    assert (ConstantSource(one) == ConstantSource(other)) == same
    assert (LocalSource("x").item(one) == LocalSource("x").item(other)) == same


@given(st.text(st.characters(), max_size=12))
def test_any_text_as_a_name(text):
    """Any text is refused as a name, or is a name that Python reads as just that."""
    try:
        source = LocalSource("x").attr(text)
    except InvalidSourceError:
        return
    tree = ast.parse(source.name, mode="eval").body
    assert isinstance(tree, ast.Attribute)
    assert tree.attr == text


@given(st.text(st.characters(), max_size=12))
@example("__debug__")
def test_refused_names_are_no_names(text):
    """A text that Python takes as the name of a parameter, unchanged, is not refused."""
    try:
        (parameter,) = ast.parse(f"def f({text}): pass").body[0].args.args
        compile(f"def f({text}): pass", "name", "exec")
    except (SyntaxError, ValueError):
        return
    if parameter.arg == text:
        assert LocalSource(text).local_name == text
