"""Watching a table while a program uses it."""

# `sys._getframe` is the documented way to a frame.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import inspect
import os
import pickle
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType, TracebackType
from typing import Any, Final, Self, TypeAlias, final
from weakref import ref

from rich.console import Console

from sidetable_conformance.driver import SIDETABLE
from sidetable_conformance.errors import TargetError
from sidetable_conformance.target import watchable

from . import report
from .judge import KINDS, LATEST, OPAQUE, STORE, Finding, Mark, Table, references
from .lanes import Lanes
from .wrap import Body, Operation, Wrapped

_Note: TypeAlias = Callable[[Table, FrameType, tuple[Any, ...], Any], object]  # a stranger's

_Tables: TypeAlias = dict[int, tuple[Table, object, list[Wrapped]]]
"""What is known of each table of a class, by its `id`; the reference to it; what to undo in it."""

_Around: TypeAlias = Callable[[Table | None, Operation, CodeType, object], Body]

_caller: Final = sys._getframe  # noqa: SLF001  # `inspect` has nothing as fast

_CALL: Final = "return _operation(ARGUMENTS)"

# Most lookups end here. Through `Table.looked_up` they cost 0.5 us more: six lookups of PyTorch's.
_FAST: Final = """
try:
    _table = TABLE
    _record = _table.fast
    if _record is not None and OWN is _record and _record.refs[INDEX]() is _found:
        return _found
except Exception:
    pass"""
_OF_CALL: Final = "_frame(_table.depth).f_trace.last"
_OF_CONTEXT: Final = "_latest()"

_GET: Final = """\
try:
    _found = _original(ARGUMENTS)
except Exception:
    _refused(ARGUMENTS)
    raise{fast}
_judge(_found, ARGUMENTS)
return _found"""


@final
class Watching:
    """A watch over one target: judges every lookup of the program that runs meanwhile.

    Nothing of the program is kept alive, and every result stays what it is. A lookup or a store
    takes up to three times as long, and nothing else takes longer.

    Args:
        target: A module or an object with the names of a side table, a class or a function that
            makes tables, or `"MODULE"` or `"MODULE:ATTRIBUTE"`. A table may be in use already; of
            a class, those are watched that are made meanwhile.

    Attributes:
        target: What it is called.

    Raises:
        TargetError: If it cannot be found, lacks names, or cannot be watched.
    """

    def __init__(self, target: object) -> None:
        self.target: str
        self.target, self._thing, sample, self._shape = watchable(target)
        self._findings: Final[dict[tuple[object, ...], Finding]] = {}
        self._wrapped: Final[list[Wrapped]] = []
        self._tables: Final[_Tables] = {}
        self._is_on = False
        self._lanes = Lanes()
        self._folder: Final = _folder(self._thing)
        module = self._thing if isinstance(self._thing, ModuleType) else None
        shape = self._shape
        self._restores: Final = any(
            name and hasattr(sample, name) for name in (shape.frame, shape.snapshot, shape.entry)
        )
        self._one: Final = self._new(None if module is None else vars(module))
        names = [name for name in self._shape.operations if hasattr(sample, name)]
        if self._shape is SIDETABLE:  # a table of that kind notes who registers
            names = [name for name in names if not name.startswith("register_")]
        is_class = inspect.isclass(self._thing)
        if is_class and not type(sample).__weakrefoffset__:
            raise TargetError(self.target, "its tables cannot be weakly referenced; watch one")
        # What a class has no function for, each of its tables has.
        self._of_each: Final = [
            name for name in names if is_class and not _in_class(self._thing, name)
        ]
        self._names: Final = [name for name in names if name not in self._of_each]

        for name in self._of_each:
            self._wrap(sample, name, self._one).undo()  # refuses here what it could not do later

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found so far, the worst kind first."""
        found = [one for one in [*self._findings.values()] if one.counts]
        return tuple(sorted(found, key=lambda one: (KINDS.index(one.kind), -one.count)))

    def to_json(self) -> str:
        """Return the findings as JSON, with the fields of the kit's reports."""
        return report.to_json(self.target, self.findings)

    def write_html(self, path: str | os.PathLike[str]) -> None:
        """Write the findings as one page, with a timeline for each. Needs the extra `html`."""
        Path(path).write_text(report.html(self.target, self.findings), encoding="utf-8")

    def show(self, console: Console | None = None) -> None:
        """Print the findings as a table, with the lines that led to each."""
        report.show(self.target, self.findings, console or Console())

    def send(self) -> bytes:
        """Return the findings for another process; `receive` adds them to its own."""
        return pickle.dumps(self._findings)

    def receive(self, sent: bytes) -> None:
        """Add what another process has found, whose bytes are trusted."""
        found: dict[tuple[object, ...], Finding] = pickle.loads(sent)  # noqa: S301  # see above
        for key, finding in found.items():
            known = self._findings.setdefault(key, finding)
            if known is not finding:
                known.count += finding.count

    @property
    def faults(self) -> tuple[str, ...]:
        """Errors of the watch itself, which the program does not see: nothing was judged there."""
        return tuple(fault for table in self.tables for fault in table.faults)

    @property
    def tables(self) -> tuple[Table, ...]:
        """What is known of each table that was used."""
        return (self._one, *(found[0] for found in [*self._tables.values()]))

    def __enter__(self) -> Self:
        is_class = inspect.isclass(self._thing)
        self._is_on = True
        try:
            for name in self._names:
                one = self._wrap(self._thing, name, None if is_class else self._one)
                self._wrapped.append(one)
            if self._of_each:
                self._wrapped.append(Wrapped(self._thing, "__init__", self._making))
        except BaseException:
            self.__exit__(None, None, None)
            raise
        self._lanes.leave_to_python(Mark.__del__.__code__)
        self._lanes.watch_nodes(self._made_node)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_on = False
        self._lanes.unwatch_nodes()
        of_each = [one for found in [*self._tables.values()] for one in found[2]]
        for one in reversed([*self._wrapped, *of_each]):
            one.undo()
        self._wrapped.clear()
        for table in self.tables:
            table.fast = None
            table.find_kept()

    def _new(self, containers: Mapping[str, object] | None) -> Table:
        return Table(
            self._lanes,
            self._findings,
            self._folder,
            containers,
            by_context=self._shape is SIDETABLE,
            restores=self._restores,
        )

    def _wrap(self, thing: object, name: str, table: Table | None) -> Wrapped:
        shape = self._shape
        notes: dict[str, _Note] = {
            shape.set: _set,
            shape.frame: _framed,
            shape.snapshot: _taken,
            shape.entry: _entered,
        }
        operations: dict[str, _Around] = {
            shape.store: self._storing,
            shape.get: self._getting,
            shape.reset: self._resetting,
        }
        around = operations.get(name) or partial(self._after, notes.get(name, _registered))
        is_one_of_many = thing is not self._thing
        wrapped = Wrapped(thing, name, partial(around, table), is_one_of_many=is_one_of_many)
        self._lanes.leave_to_python(wrapped.code)
        return wrapped

    def _table(self, table: Table | None, arguments: tuple[Any, ...], only: object) -> Table | None:
        """Return what is known of the table that an operation is called on."""
        if not self._is_on or (only is not None and arguments[0] is not only):
            return None
        return self._known(arguments[0]) if table is None else table

    def _known(self, thing: object) -> Table:
        found = self._tables.get(id(thing))
        if found is None:
            # Nothing of a table that is gone stays, and its number can be another one's.
            table = self._new(None)
            gone = ref(thing, partial(_forget, self._tables, id(thing)))
            found = self._tables[id(thing)] = table, gone, []
        return found[0]

    def _made_node(self, node: object, frame: FrameType) -> None:  # pragma: no cover  # with torch
        for table in self.tables:
            table.made_node(node, frame)

    # --- what runs instead of the target's operations --------------------------------------------

    def _getting(
        self, table: Table | None, original: Operation, code: CodeType, only: object
    ) -> Body:
        def judge(found: object, *arguments: Any, **_: Any) -> None:  # a stranger's
            known = self._table(table, arguments, only)
            if known is not None and found is not None:
                known.looked_up(_caller(2), arguments[-1], found)

        def refused(*arguments: Any, **_: Any) -> None:  # as above
            known = self._table(table, arguments, only)
            if known is not None:
                known.refused(_caller(2), arguments[-1])

        names = code.co_varnames[: code.co_argcount]
        is_method = table is None or only is not None
        constants: dict[str, object] = {"_original": original, "_judge": judge, "_refused": refused}
        if only is not None or len(names) != 1 + is_method:
            return _GET.format(fast=""), constants
        known = f"_known(_id({names[0]}))[0]" if is_method else "_one"
        by_context = self._shape is SIDETABLE
        fast = _FAST.replace("TABLE", known).replace("INDEX", names[-1])
        fast = fast.replace("OWN", _OF_CONTEXT if by_context else _OF_CALL)
        constants |= {
            "_frame": _caller,
            "_id": id,
            "_known": self._tables.get,
            "_latest": LATEST.get,
            "_one": table,
        }
        return _GET.format(fast=fast), constants

    def _storing(self, table: Table | None, original: Operation, _: CodeType, only: object) -> Body:
        is_method = table is None or only is not None

        def store(*arguments: Any, **named: Any) -> Any:  # a stranger's
            known = self._table(table, arguments, only)
            if known is None:
                return original(*arguments, **named)
            refs = references(arguments[1:] if is_method else arguments)
            record = known.bound(_caller(2), STORE, refs)
            try:
                result = original(*arguments, **named)
            except BaseException:
                record.kind = OPAQUE  # what is bound now is up to the target
                raise
            if known.shared is None and refs:
                known.stored(record)
            return result

        return _CALL, {"_operation": store}

    def _resetting(
        self, table: Table | None, original: Operation, _: CodeType, only: object
    ) -> Body:
        def reset(*arguments: Any, **named: Any) -> Any:  # a stranger's
            known = self._table(table, arguments, only)
            if known is not None:
                known.reset(_caller(2))
            return original(*arguments, **named)

        return _CALL, {"_operation": reset}

    def _after(
        self, note: _Note, table: Table | None, original: Operation, _: CodeType, only: object
    ) -> Body:
        is_method = table is None or only is not None

        def operation(*arguments: Any, **named: Any) -> Any:  # a stranger's
            known = self._table(table, arguments, only)
            result = original(*arguments, **named)
            if known is not None:
                note(known, _caller(2), arguments[is_method:], result)
            return result

        return _CALL, {"_operation": operation}

    def _making(self, original: Operation, _: CodeType, __: object) -> Body:
        def init(*arguments: Any, **named: Any) -> None:  # a stranger's
            original(*arguments, **named)
            table = self._known(arguments[0]) if self._is_on else None
            for name in self._of_each if table is not None else ():
                one = self._wrap(arguments[0], name, table)
                self._tables[id(arguments[0])][2].append(one)

        return _CALL, {"_operation": init}


def _registered(table: Table, frame: FrameType, arguments: tuple[Any, ...], index: Any) -> None:
    table.bound_one(frame, index, arguments[0])


def _set(table: Table, frame: FrameType, arguments: tuple[Any, ...], _: Any) -> None:
    table.bound_one(frame, arguments[0], arguments[1])


def _framed(table: Table, frame: FrameType, _: tuple[Any, ...], __: Any) -> None:
    table.bound(frame, OPAQUE, {})


def _taken(table: Table, frame: FrameType, _: tuple[Any, ...], __: Any) -> None:
    table.carried(frame)


def _entered(table: Table, _: FrameType, __: tuple[Any, ...], entry: Any) -> None:
    code = getattr(entry, "__code__", None)
    if code is not None:
        table.entries[id(code)] = ref(code)


def _forget(tables: _Tables, number: int, _: object) -> None:
    table, *_ = tables.pop(number)
    table.is_gone = True


def _in_class(owner: Any, name: str) -> bool:
    return isinstance(inspect.getattr_static(owner, name, None), FunctionType)


def _folder(thing: Any) -> str:  # anything that was found by its name
    """Return the folder of the package that a target is part of, "" for a module of its own."""
    name = thing.__name__ if isinstance(thing, ModuleType) else getattr(thing, "__module__", "")
    package = sys.modules.get(str(name).partition(".")[0])
    file = getattr(package, "__file__", None)
    return str(Path(file).parent) + os.sep if file and hasattr(package, "__path__") else ""
