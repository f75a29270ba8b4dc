"""Every statement and expression of Python, in traced code: right, or refused."""

# The programs are what people write, good or bad.
# ruff: noqa: B008, D103, PLC0415, PLC3002, PLW0603, RUF015, TRY301

from __future__ import annotations

import contextlib

import pytest
import torch

from sidetable_source import Unsupported
from sidetable_torch import trace_objects

from .stores import Store, X, outcome

# Code of a module of the user's, which runs before any trace and is left alone.
counted: int = 1
counted += 1
(named := [0, 0])[0] += 1
both = [function(1) for function in (lambda number: number + counted, lambda number: number)]
match counted:
    case 2:
        kind = "two"


class Meta(type):
    """Takes a keyword."""

    def __new__(cls, name, bases, space, *, by=1):
        return super().__new__(cls, name, bases, {**space, "by": by})

    def __init__(cls, *args, by=1):
        super().__init__(*args)


def of(program):
    """The parameter of a test that a program is."""
    return pytest.param(program, id=program.__name__)


def two_lambdas(x, store):
    return (lambda y: y * store.get())(x) + (lambda y: y - store.get())(x)


def a_class_with_a_keyword(x, store):
    class Local(metaclass=Meta, by=2):
        pass

    return x * Local.by * store.get()


class Mangled:
    """Its names are private."""

    @staticmethod
    def private_names(x, store):
        __by = store.get()
        return (lambda: x * __by)()


def a_walrus_in_a_comprehension(x, store):
    return [(last := x * store.get()) for _ in range(2)][0] + last


def annotated(x, store):
    by: int
    by: int = store.get()
    return x * by


def a_star_pattern(x, store):
    match [1, 2, 3]:
        case [one, *others]:
            by = one + len(others)
        case {"key": value, **rest}:
            by = value, rest
    return x * by * store.get()


def a_pattern_with_a_guard(x, store):
    match {"key": 2, "other": 1}:
        case {"key": by, **rest} if len(rest) > 3:
            return x
        case {"key": by, **rest}:
            return x * by * store.get() * len(rest)


def a_pattern_of_a_class(x, store):
    match 2:
        case Meta() | 7:
            return x
        case int(by):
            return x * by * store.get()


def imported_inside(x, store):
    import operator as op
    from operator import mul

    return op.add(mul(x, store.get()), 1)


def an_error_is_caught(x, store):
    try:
        raise ValueError(2)
    except ValueError as error:
        by = error.args[0]
    finally:
        y = x * store.get()
    return y * by


def loops(x, store):
    for by, _ in [(1, 2), (3, 4)]:
        x = x * by + store.get()
    while by:
        by -= 1
    return x


def removed(x, store):
    by = [1, 2, store.get()]
    del by[0]
    return x * by[1]


def a_block(x, store):
    with contextlib.suppress(KeyError) as nothing:
        x = x * store.get()
    return x if nothing is None else -x


def a_shared_variable(x, store):
    by = 1

    def change():
        nonlocal by
        by = by + 1

    change()
    return x * by * store.get()


def defaults(x, store):
    def inner(y, *, by=2, more=(lambda: 3)()):
        return y * by * more * store.get()

    return inner(x)


def unpacked_in_a_starred_target(x, store):
    one, *others = [store.get(), 2, 3]
    return x * one * len(others)


def conditional(x, store):
    return x * (store.get() if store is not None else 1)


@pytest.mark.parametrize(
    "program",
    [
        *map(of, (two_lambdas, a_class_with_a_keyword, Mangled.private_names)),
        *map(of, (a_walrus_in_a_comprehension, annotated, a_star_pattern)),
        *map(of, (a_pattern_of_a_class, a_pattern_with_a_guard)),
        *map(of, (imported_inside, an_error_is_caught, loops, removed)),
        *map(of, (a_block, a_shared_variable, defaults, unpacked_in_a_starred_target)),
        of(conditional),
    ],
)
def test_a_statement_does_what_it_does_in_eager_code(program):
    """On the objects of the call, and in the order of the code."""
    traced = Store(1)
    graph = trace_objects(program, {"store": traced})
    assert not traced.log
    expected = outcome(program, (X, expecting := Store(3)), [expecting])
    assert outcome(graph, (X, found := Store(3)), [found]) == expected


def a_loop_binds_a_global(x, store):
    global bound
    for bound in [1, 2]:
        x = x + bound
    return x


def a_block_binds_a_global(x, store):
    global bound
    with contextlib.nullcontext(store) as bound:
        return x


def an_import_binds_a_global(x, store):
    global bound
    import operator as bound

    return x


def a_name_of_a_module_binds_a_global(x, store):
    global bound
    from operator import mul as bound

    return x


def a_caught_error_binds_a_global(x, store):
    global bound
    try:
        raise ValueError
    except ValueError as bound:  # noqa: F841  # what is bound is global
        return x


def a_function_binds_a_global(x, store):
    global bound

    def bound():
        return 1

    return x


def a_pattern_binds_a_global(x, store):
    global bound
    match 1:
        case bound:
            return x


def a_global_is_deleted(x, store):
    global bound
    del bound
    return x


@pytest.mark.parametrize(
    "program",
    [
        *map(of, (a_loop_binds_a_global, a_block_binds_a_global, an_import_binds_a_global)),
        *map(of, (a_name_of_a_module_binds_a_global, a_caught_error_binds_a_global)),
        *map(of, (a_function_binds_a_global, a_pattern_binds_a_global, a_global_is_deleted)),
    ],
)
def test_a_statement_that_binds_a_variable_of_another_scope_is_refused(program):
    """It would do so once, while tracing."""
    with pytest.raises(Unsupported, match="A variable of another scope is bound"):
        trace_objects(program, {"store": Store(1)})
    assert "bound" not in globals()


def test_code_of_a_module_is_left_alone():
    """Its functions are rewritten, and what it does when it is imported is not."""
    assert (counted, named, both, kind) == (2, [1, 0], [3, 1], "two")
    graph = trace_objects(lambda x: [function(x) for function in both_functions])
    assert [one.tolist() for one in graph(torch.ones(1))] == [[3], [1]]


both_functions = [lambda number: number + counted, lambda number: number]
