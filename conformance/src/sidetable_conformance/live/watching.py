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
from types import CodeType, FrameType, ModuleType, TracebackType
from typing import Any, Final, Self, TypeAlias, final
from weakref import ref

from rich.console import Console

from sidetable_conformance.driver import SIDETABLE, watchable
from sidetable_conformance.errors import TargetError

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

# Most operations end in one of these. Through `Table` each costs several times the operation.
_GET: Final = """\
try:
    _found = _original(ARGUMENTS)
except Exception:
    _refused(ARGUMENTS)
    raise
FAST
_judge(_found, ARGUMENTS)
return _found"""
_OF_CALL: Final = """\
try:
    _table = TABLE
    _record = _table.fast
    if _record is not None:
        _call = _frame(_table.depth).f_trace.call
        if _call.record is _record and _record.refs[INDEX]() is _found:
            _call.looked = True
            return _found
except Exception:
    pass"""
_OF_CONTEXT: Final = """\
try:
    _table = TABLE
    if _table.quick:
        _record = _latest()
        if _record is None or _record.kind is _opaque or _record.refs[INDEX]() is _found:
            return _found
except Exception:
    pass"""
_STORE: Final = """\
_new = None
try:
    _table = TABLE
    if _table.shared is not None:
        _at = _frame(1)
        _record = LATEST
        if _record is not None:
            _call = _record.call
            _record = _call.record
            if _record is _table.latest and _record.kind is _stored and CALL:
                _refs = _record.refs
                _index = 0
                for _object in OBJECTS:
                    if _refs[_index]() is not _object:
                        break
                    _index += 1
                else:
                    if _index == _len(_refs):
                        _record.instruction = _at.f_lasti
                        _new = _record
        if _new is None:
            _new = _table.bound(_at, _stored, [*_map(_ref, OBJECTS)])
except Exception:
    pass
if _new is None:
    return _store(ARGUMENTS)
try:
    return _original(ARGUMENTS)
except BaseException:
    _new.kind = _opaque
    raise"""
_IN_CALL: Final = "None if _at.f_trace is None else _latest()"
_IS_CALL: Final = "_at.f_trace.call is _call"
_IN_CONTEXT: Final = "_latest()"
# As in `Table.bound`: the same code, called from the same place by the same frame.
_IS_IN_CONTEXT: Final = (
    "_call.code is _at.f_code and (_up := _at.f_back).f_trace.last is _call"
    " and _up.f_lasti == _call.instruction"
)
_AFTER: Final = """\
_result = _original(ARGUMENTS)
FAST
_note(_result, ARGUMENTS)
return _result"""
_OF_ONE: Final = """\
try:
    _mark = _frame(1).f_trace
    if _mark is not None:
        _record = _mark.call.record
        if _record is TABLE.latest and _record.lost is None and INDEX >= 0:
            _record.refs[INDEX] = _ref(VALUE)
            return _result
except Exception:
    pass"""


@final
class Watching:
    """A watch over one target, as `watch` describes it: judges every lookup that runs meanwhile.

    No object of the program is kept alive, and every result stays what it is.

    Attributes:
        target: What it is called.
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
        # What a class does not have, or has a slot for, each of its tables has.
        self._of_each: Final = [name for name in names if is_class and _in_each(self._thing, name)]
        # A function with two names is wrapped once.
        found = {name: inspect.getattr_static(self._thing, name, name) for name in names}
        self._names: Final = [
            *{id(found[one]): one for one in names if one not in self._of_each}.values()
        ]

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
        report.show(self.target, self.findings, self.faults, console or Console())

    def send(self) -> bytes:
        """Return findings and faults for another process; `receive` adds them to its own."""
        return pickle.dumps((self._findings, self.faults))

    def receive(self, sent: bytes) -> None:
        """Add what another process has found, whose bytes are trusted."""
        found: dict[tuple[object, ...], Finding]
        found, faults = pickle.loads(sent)  # noqa: S301  # see above
        self._one.faults.extend(faults)
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
            table.shared, table.quick, table.fast = None, False, None
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
        def judge(found: object, /, *arguments: Any, **_: Any) -> None:  # a stranger's
            known = self._table(table, arguments, only)
            if known is not None and found is not None:
                known.looked_up(_caller(2), arguments[-1], found)

        def refused(*arguments: Any, **_: Any) -> None:  # as above
            known = self._table(table, arguments, only)
            if known is not None:
                known.refused(_caller(2), arguments[-1])

        names = _parameters(code, table, only)
        fast = _OF_CONTEXT if self._shape is SIDETABLE else _OF_CALL
        places = {"INDEX": names[0]} if len(names) == 1 else {}
        meanings = {"_original": original, "_judge": judge, "_refused": refused}
        return self._body(_GET, fast, code, table, places, meanings)

    def _storing(
        self, table: Table | None, original: Operation, code: CodeType, only: object
    ) -> Body:
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

        names = _parameters(code, table, only)
        star = code.co_varnames[code.co_argcount + code.co_kwonlyargcount :][:1]
        is_plain = only is None and not names and code.co_flags & inspect.CO_VARARGS
        latest, is_call = (
            (_IN_CONTEXT, _IS_IN_CONTEXT) if self._shape is SIDETABLE else (_IN_CALL, _IS_CALL)
        )
        places = {"OBJECTS": star[0], "LATEST": latest, "CALL": is_call} if is_plain else {}
        meanings = {"_original": original, "_store": store}
        body = _STORE if places else "return _store(ARGUMENTS)"
        return self._body(body, "", code, table, places, meanings)

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
        self, note: _Note, table: Table | None, original: Operation, code: CodeType, only: object
    ) -> Body:
        is_method = table is None or only is not None

        def noted(result: Any, /, *arguments: Any, **_: Any) -> None:  # a stranger's
            known = self._table(table, arguments, only)
            if known is not None:
                note(known, _caller(2), arguments[is_method:], result)

        names = _parameters(code, table, only)
        places: dict[str, str] = {}
        if self._shape is not SIDETABLE and len(names) == 2:  # noqa: PLR2004  # index and value
            is_set = note is _set
            places = {"INDEX": names[0] if is_set else "_result", "VALUE": names[is_set]}
        meanings = {"_original": original, "_note": noted}
        return self._body(_AFTER, _OF_ONE, code, table, places, meanings)

    def _body(
        self,
        body: str,
        fast: str,
        code: CodeType,
        table: Table | None,
        places: Mapping[str, str],
        meanings: Mapping[str, object],
    ) -> Body:
        """Returns a body with its fast part, which is left out if the parameters are others."""
        body = body.replace("FAST", fast if places else "")
        if places:
            known = "_one" if table is not None else f"_known(_id({code.co_varnames[0]}))[0]"
            for name, text in {"TABLE": known, **places}.items():
                body = body.replace(name, text)
        names = {
            "_frame": _caller, "_id": id, "_known": self._tables.get, "_latest": LATEST.get,
            "_len": len, "_map": map, "_one": table, "_opaque": OPAQUE, "_ref": ref,
            "_stored": STORE,
        }  # fmt: skip
        return body, {**names, **meanings}

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


def _parameters(code: CodeType, table: Table | None, only: object) -> tuple[str, ...]:
    """Returns the names of an operation's positional parameters, without `self`."""
    return () if only is not None else code.co_varnames[table is None : code.co_argcount]


def _forget(tables: _Tables, number: int, _: object) -> None:
    table, *_ = tables.pop(number)
    table.is_gone = True


def _in_each(owner: object, name: str) -> bool:
    found = inspect.getattr_static(owner, name, None)
    return found is None or inspect.ismemberdescriptor(found)


def _folder(thing: Any) -> str:  # anything that was found by its name
    """Return the folder of the package that a target is part of, "" for a module of its own."""
    name = thing.__name__ if isinstance(thing, ModuleType) else getattr(thing, "__module__", "")
    package = sys.modules.get(str(name).partition(".")[0])
    file = getattr(package, "__file__", None)
    return str(Path(file).parent) + os.sep if file and hasattr(package, "__path__") else ""
