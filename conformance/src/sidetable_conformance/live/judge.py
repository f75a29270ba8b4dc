"""Which call bound what, and whether a lookup found what its own call had bound."""

from __future__ import annotations

import gc
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from traceback import format_exc
from types import CodeType, FrameType, MappingProxyType
from typing import Any, Final, Self, TypeAlias, cast, final
from weakref import WeakKeyDictionary, ref

from sidetable_conformance.driver import PYTORCH

from .lanes import Lane, Lanes, Place, Trail, lines

Reference: TypeAlias = Callable[[], object]

WRONG: Final = "wrong object"
RAISED: Final = "raised"
KEPT: Final = "kept alive"
LUCK: Final = "worked by luck"

KINDS: Final = (WRONG, RAISED, KEPT, LUCK)
"""What a finding can be, the worst first."""

STORE: Final = "store"
RESET: Final = "reset"
OPAQUE: Final = "frame"

RING: Final = 1_000
"""How many bindings are remembered, and how many findings."""

MANY: Final = 64
"""How many objects of one place may outlive their calls: a table may keep some until reset."""

_now: Final = time.perf_counter_ns
_AROUND: Final = 12
_MANY_TABLES: Final = 8
_FAR: Final = 10**6
_HELPERS: Final = 2
"""How many functions deep something can be bound on behalf of a caller."""
_NEAR: Final = 10
"""How many frames above one that stores something are looked at, for those of the user."""
_GENERATED: Final = "__import_torch_dot__dynamo_dot_graph_bytecode_inputs"
"""A name in the code that Dynamo generates. That stores for itself, and never for its caller."""


@final
class Call:
    """A Python frame that binds something in a table, as far as it is remembered.

    Has no `__init__`, like `Record` and `Mark`: the three would take a microsecond for each call.

    Attributes:
        table: The table.
        lane: Where it runs.
        task: The graph task that it runs in, -1 outside of backward.
        code: Its code.
        trail: What called it.
        instruction: Where that was.
        helps: Whether it may have bound something for what called it.
        looked: Whether it has looked something up.
        record: What it has bound last.
    """

    __slots__ = (
        "code", "helps", "instruction", "lane", "looked", "record", "table", "task", "trail",
    )  # fmt: skip

    table: Table
    lane: Lane
    task: int
    code: CodeType
    trail: Trail
    instruction: int
    helps: bool
    looked: bool
    record: Record | None


_NO_CALL: Final = Call()
_NO_CALL.record = None


@final
class Record:
    """One binding: which objects the indices mean to one call, all of them held weakly.

    Attributes:
        number: How many bindings there were before.
        kind: How it came about: `store`, `reset`, or `frame` for one whose objects are not known.
        refs: The reference of each index.
        call: The call.
        instruction: Where it is in the call's code.
        began: When, in nanoseconds. To store the same objects again is not another binding.
        over: When its call ended or bound something else, 0 while neither has happened.
        carried: Whether a snapshot carries it elsewhere.
        lost: What had been registered by a compile that was still going on at this reset.
        taken: An index of such a compile that the inner one has given to another object.
        made: The constructors that such a compile had registered.
    """

    number: int
    kind: str
    refs: list[Reference] | dict[int, Reference]
    call: Call
    instruction: int
    began: int
    over = 0
    carried = False
    lost: Record | None = None
    taken: tuple[int, Record] | None = None
    made: Mapping[int, Reference] = MappingProxyType({})

    @property
    def lane(self) -> Lane:
        """Where it was bound."""
        return self.call.lane

    @property
    def trail(self) -> Trail:
        """What led to it."""
        return self.call.code, self.instruction, self.call.trail

    @property
    def indices(self) -> Iterable[int]:
        """What it binds."""
        return self.refs if isinstance(self.refs, dict) else range(len(self.refs))

    def reference(self, index: int) -> Reference | None:
        """Returns the reference of an index, if there is one."""
        refs = self.refs
        if isinstance(refs, dict):
            return refs.get(index)
        return refs[index] if 0 <= index < len(refs) else None

    def means(self, index: int) -> object:
        """Returns the object that an index means, None if it means none or the object died."""
        reference = self.reference(index)
        return None if reference is None else reference()

    def bind(self, index: int, value: object) -> None:
        """Makes an index mean an object."""
        if not isinstance(self.refs, dict):
            self.refs = dict(enumerate(self.refs))
        self.refs[index] = _reference(value)


@final
@dataclass(frozen=True, slots=True)
class Binding:
    """A record as it was when something was found, with nothing of the program.

    Attributes:
        number: How many bindings there were before.
        kind: How it came about.
        lane: Where it was bound.
        where: The lines that led to it, the innermost first.
        began: When, in nanoseconds.
        over: When its call ended or bound something else, 0 while neither had happened.
    """

    number: int
    kind: str
    lane: Lane
    where: tuple[Place, ...]
    began: int
    over: int


@final
class _Unheld:
    """Stands for an object that cannot be weakly referenced, and does not hold it."""

    __slots__ = ("id",)

    def __init__(self, value: object) -> None:
        self.id = id(value)

    def __call__(self) -> object:
        """Return None: whether the object lives cannot be known."""
        return None


def references(objects: Sequence[object]) -> list[Reference]:
    """Returns a weak reference for each object, or what stands for one."""
    try:
        return [*map(ref, objects)]
    except TypeError:
        return [*map(_reference, objects)]


def _reference(value: object) -> Reference:
    try:
        return ref(value)
    except TypeError:
        return _Unheld(value)


def _is_of(reference: Reference | None, found: object) -> bool:
    return reference is not None and (
        reference() is found or (isinstance(reference, _Unheld) and reference.id == id(found))
    )


@final
class Mark:
    """What a Python frame has bound in a table. It hangs on the frame, and dies with it.

    It hangs where a debugger keeps the function that traces the frame, so it is one as well. There
    is no other place on a frame. Without it every lookup would have to guess which of the calls
    that bound something are still running.

    Attributes:
        table: The table.
        call: The frame, if it has bound something itself.
        below: What a function has bound that the frame has called.
        last: The last call of such a function.
        trail: What called the frame.
        others: What it has bound in other tables.
        traces: What was there before.
    """

    __slots__ = ("below", "call", "last", "others", "table", "traces", "trail")

    table: Table
    call: Call
    below: Call | None
    last: Call | None
    trail: Trail
    others: dict[Table, Mark] | None
    traces: Any  # a trace function, as typeshed has it

    def __call__(self, *event: Any) -> Self:  # pragma: no cover  # coverage is what it replaces
        """Traces the frame, for a debugger."""
        if self.traces is not None:
            self.traces = self.traces(*event)
        return self

    def __del__(self) -> None:
        record = self.call.record
        if record is not None:
            self.table.ended(record)

    @classmethod
    def on(cls, frame: FrameType, table: Table, trail: Trail = None) -> Mark:
        """Returns the mark of a frame for a table, which gets one if it has none."""
        first: object = frame.f_trace
        if isinstance(first, cls) and first.table is table:
            return first
        mark = cls()
        mark.table, mark.call = table, _NO_CALL
        mark.below = mark.last = mark.others = mark.traces = None
        if not isinstance(first, cls):
            mark.traces = first
            mark.trail = trail or trail_of(frame.f_back, _FAR if table.entries else _NEAR)
            frame.f_trace = mark
            return mark
        mark.trail = first.trail
        if first.others is None:
            first.others = {}
        if table not in first.others and len(first.others) >= _MANY_TABLES:
            for gone in [one for one in first.others if one.is_gone]:
                del first.others[gone]
        return first.others.setdefault(table, mark)


def trail_of(frame: FrameType | None, depth: int) -> Trail:
    """Returns where a frame is, and so many of those that called it.

    If these are the near ones, what is known of the frames above one with a mark is enough.
    """
    frames: list[tuple[CodeType, int]] = []
    trail: Trail = None
    while frame is not None and len(frames) < depth:
        frames.append((frame.f_code, frame.f_lasti))
        mark: object = frame.f_trace
        if depth == _NEAR and isinstance(mark, Mark):
            trail = mark.trail
            break
        frame = frame.f_back
    for code, instruction in reversed(frames):
        trail = code, instruction, trail
    return trail


@final
@dataclass(slots=True, eq=False)
class Finding:
    """Something that went wrong, or that worked by luck, and how often.

    Attributes:
        requirement: The id of the requirement that is broken.
        kind: `wrong object`, `raised`, `kept alive` or `worked by luck`.
        index: The index.
        summary: What happened, in a sentence.
        looked_up: The lines that led to the lookup, the innermost first.
        bound: The lines that bound what was found, or that overwrote what should have been.
        own: The lines that bound what should have been found.
        last: The last bindings before that, the newest first.
        lane: Where it was looked up.
        records: The caller's own binding, and what it found.
        when: When it first happened, in nanoseconds.
        count: How often it happened.
    """

    requirement: str
    kind: str
    index: int
    summary: str
    looked_up: tuple[Place, ...]
    bound: tuple[Place, ...]
    own: tuple[Place, ...]
    last: tuple[Binding, ...]
    lane: Lane
    records: tuple[Binding | None, Binding | None]
    when: int
    count: int = 1

    @property
    def counts(self) -> bool:
        """Whether it is more than a table may do: it may keep some objects until it is reset."""
        return self.requirement != "frame.holds" or self.count >= MANY


LATEST: Final[ContextVar[Record | None]] = ContextVar("sidetable_live", default=None)
"""What the current context has bound last."""


@final
class Table:
    """What is known of one table.

    Args:
        lanes: Where code runs.
        findings: What has been found, in all tables.
        hidden: The folder of the target, whose own lines say nothing.
        containers: The names of the target, if it is a module.
        by_context: Whether a binding belongs to a context, as `SideTable`'s does, or to the call
            that stores it, as generated code does with PyTorch's.
        restores: Whether it can put an earlier binding back, which nobody sees here.

    Attributes:
        ring: The last bindings.
        latest: The last of them.
        shared: Whether the table is a dictionary of the whole process; None while nobody knows,
            and after the watch.
        nodes: The binding of each backward node that a call made.
        entries: The code of entry functions, which bind by themselves.
        fast: The latest binding, if nothing else has to be asked to judge a lookup of its own call.
        quick: Whether nothing but the context's binding has to be asked to judge any lookup.
        depth: How many frames there were between the last lookup and its call.
        faults: The last errors of this code itself.
        is_gone: Whether nobody has the table any more.
    """

    __slots__ = (
        "_containers", "_findings", "_has_nodes", "_has_torch", "_hidden", "_lanes", "_number",
        "_restores", "by_context", "depth", "entries", "fast", "faults", "is_gone",
        "latest", "nodes", "quick", "ring", "shared",
    )  # fmt: skip

    def __init__(
        self,
        lanes: Lanes,
        findings: dict[tuple[object, ...], Finding],
        hidden: str,
        containers: Mapping[str, object] | None,
        *,
        by_context: bool,
        restores: bool,
    ) -> None:
        self.by_context: Final = by_context
        self._restores: Final = restores
        self._lanes: Final = lanes
        self._has_torch: Final = lanes.torch is not None
        self._findings: Final = findings
        self._hidden: Final = hidden
        self._containers: Final = containers
        self.ring: Final[deque[Record]] = deque(maxlen=RING)
        self.latest: Record | None = None
        self.shared: bool | None = False if containers is None else None
        self.quick: bool = by_context and containers is None
        self.nodes: Final[WeakKeyDictionary[object, Record]] = WeakKeyDictionary()
        self.entries: Final[dict[int, ref[CodeType]]] = {}
        self.fast: Record | None = None
        self.depth: int = 0
        self.is_gone: bool = False
        self.faults: Final[deque[str]] = deque(maxlen=3)
        self._number = 0
        self._has_nodes = False

    # --- what happens to the table ---------------------------------------------------------------

    def bound(
        self, frame: FrameType, kind: str, refs: list[Reference] | dict[int, Reference]
    ) -> Record:
        """Notes that a frame binds something, before it does."""
        record = Record()
        record.began = _now()
        before = LATEST.get()
        mark: object = frame.f_trace
        if self.by_context:
            if before is None or before.call.table is not self:
                call = self._call_of(frame, kind)
            else:
                before.over = record.began
                kind = OPAQUE if before.kind == OPAQUE else kind
                call, up = before.call, frame.f_back
                mark = None if up is None else up.f_trace
                # The same code, called from the same place by the same frame: in the same lane.
                if (
                    up is None
                    or not isinstance(mark, Mark)
                    or mark.last is not call
                    or call.code is not frame.f_code
                    or call.instruction != up.f_lasti
                    or (self._has_torch and call.task != self._lanes.backward())
                ):
                    call = self._call_of(frame, kind)
        elif isinstance(mark, Mark) and mark.table is self and mark.call.record is not None:
            call = mark.call
            mark.call.record.over = record.began
        else:
            call = self._call_of(frame, kind)
        self._number = record.number = self._number + 1
        record.kind, record.refs = kind, refs
        record.call, record.instruction = call, frame.f_lasti
        self.fast = None if self._has_nodes else record
        call.record = self.latest = record
        self.ring.append(record)
        if before is None or before.call is not call or self.by_context:
            LATEST.set(record)
        return record

    def _call_of(self, frame: FrameType, kind: str) -> Call:
        """Returns a new call of a frame. Those above it know of it as well."""
        call = Call()
        call.table, call.code = self, frame.f_code
        call.looked, call.record = False, None
        call.task = task = self._lanes.backward()
        up = frame.f_back
        above: object = None if up is None else up.f_trace
        if (
            up is not None
            and isinstance(above, Mark)
            and above.table is self
            and (last := above.last) is not None
            and last.code is call.code
            and last.instruction == up.f_lasti
            and last.task == task
            and kind == STORE
        ):  # As in `bound`. To find all that out again takes 0.5 us.
            call.lane, call.trail, call.instruction = last.lane, last.trail, last.instruction
            call.helps, above.last = last.helps, call
        else:
            call.lane, call.trail = self._lanes.here(task), None
            call.helps = not self.by_context and _GENERATED not in call.code.co_names
            if up is not None:
                above = Mark.on(up, self)
                above.last = call
                call.instruction = up.f_lasti
                call.trail = up.f_code, call.instruction, above.trail
            if kind != STORE:  # a compiler's: the user's own lines are far away
                call.trail = trail_of(up, _FAR)
        if call.helps:
            for _ in range(_HELPERS):
                if up is None:
                    break
                Mark.on(up, self).below = call
                up = up.f_back
        if not self.by_context:
            if frame.f_trace is None:  # as `Mark.on` does it, which takes 0.1 us more
                mark = Mark()
                mark.table, mark.call, mark.trail = self, call, call.trail
                mark.below = mark.last = mark.others = mark.traces = None
                frame.f_trace = mark
            else:
                Mark.on(frame, self, call.trail).call = call
        return call

    def reset(self, frame: FrameType) -> None:
        """Note that a frame makes the table as new."""
        up: FrameType | None = frame
        for _ in range(_HELPERS + 1):
            up = None if up is None else up.f_back
        outer, _ = (None, -1) if self.by_context else self.own(up)
        record = self.bound(frame, RESET, {})
        if outer is not None and outer.kind == RESET and outer.refs:
            record.lost = outer
            constructors = self._constructors().items()
            outer.made = {index: _reference(one) for index, one in constructors}

    def stored(self, record: Record) -> None:
        """Look, once, whether the binding that was just stored is one for the whole process."""
        self.shared = any(
            type(one) is dict and _holds(cast("dict[object, object]", one), record.refs)
            for one in (self._containers or {}).values()
        )
        self.quick = self.by_context and not self.shared

    def bound_one(self, frame: FrameType, index: int, value: object) -> None:
        """Note that one index was bound, by registering or by setting."""
        record = self.own(frame)[0] or self._of_context()
        if record is None:
            record = self.bound(frame, RESET, {})
        lost = record.lost
        if (
            lost is not None
            and (expected := lost.means(index)) is not None
            and expected is not value
            and self._lanes.compiles()
        ):
            lost.taken = index, record  # pragma: no cover  # run where torch is
        record.bind(index, value)

    def _constructors(self) -> Mapping[int, object]:
        found = None if self._containers is None else self._containers.get(PYTORCH.constructors)
        return cast("dict[int, object]", found) if type(found) is dict else {}

    def carried(self, frame: FrameType) -> None:
        """Note that a snapshot was taken of what is bound here."""
        record = self.own(frame)[0] or self._of_context()
        if record is not None:
            record.carried = True

    def ended(self, record: Record) -> None:
        """Note that the call of a binding has ended, or bound something else."""
        record.over = _now()
        if record.taken is not None:  # pragma: no cover  # run where torch is
            index, other = record.taken
            made = record.made.get(index)
            if made is not None and self._constructors().get(index) is not made():
                summary = (
                    f"a compile in {other.lane.name} took the index from one that was going on"
                )
                self._file("frame.nested", WRONG, index, summary, None, (record, other))
        kept = None if self._containers is None else self._containers.get("keep_alive")
        if type(kept) is list and kept and record.kind == STORE:
            tail = cast("list[object]", kept)[-len(record.refs) :]
            for index in record.indices:
                value = record.means(index)
                if value is not None and any(value is one for one in tail):
                    self._file(
                        "frame.holds", KEPT, index, "kept after the call that bound it has ended",
                        None, (record, None),
                    )  # fmt: skip

    def made_node(
        self, node: object, frame: FrameType
    ) -> None:  # pragma: no cover  # run where torch is
        """Note that a backward node belongs to the call that makes it."""
        record, _ = self.own(frame)
        if record is None or (record.call.task != self._lanes.backward()):
            record = self._of_node() or record
        if record is not None and record.kind == STORE:
            self.nodes[node] = record
            self._has_nodes = True
            self.quick, self.fast = False, None

    # --- what a lookup should find ---------------------------------------------------------------

    def own(self, frame: FrameType | None) -> tuple[Record | None, int]:
        """Return what the innermost call has bound that a frame belongs to.

        Returns:
            The binding, and in which frame from this one on it is, -1 if a function has bound it
            that the frame called.
        """
        if self.by_context:
            return self._of_context(), -1
        depth = 0
        while frame is not None:
            mark: object = frame.f_trace
            if isinstance(mark, Mark) and mark.table is not self:
                mark = None if mark.others is None else mark.others.get(self)
            if isinstance(mark, Mark):
                record = mark.call.record
                helper = mark.below
                if (
                    helper is not None
                    and not helper.looked
                    and (below := helper.record) is not None
                    and (record is None or below.number > record.number)
                ):
                    return below, -1
                if record is not None:
                    return record, depth
            frame = frame.f_back
            depth += 1
        return None, -1

    def looked_up(self, frame: FrameType, index: int, found: object) -> None:
        """Judge what a lookup found.

        Like `refused` it lets no error out: the program would see one that it never had.
        """
        try:
            self._looked_up(frame, index, found)
        except Exception:  # noqa: BLE001  # see above
            self.faults.append(format_exc())

    def _looked_up(self, frame: FrameType, index: int, found: object) -> None:
        own, depth = self.own(frame)
        task = self._lanes.backward()
        if own is not None and depth >= 0:
            own.call.looked = True
        if own is None or own.call.task != task or not _is_of(own.reference(index), found):
            self._judge(frame, index, found, own, in_backward=task != -1)
        elif own is not self.latest:
            if self.shared:
                self._judge_luck(frame, index, found, own)
        elif depth >= 0:
            self.depth = depth + 1

    def _judge(
        self, frame: FrameType, index: int, found: object, own: Record | None, *, in_backward: bool
    ) -> None:
        own = self._expected(own)
        if (
            (in_backward or self.by_context)
            if own is None
            else own.kind == OPAQUE or _is_of(own.reference(index), found)
        ):
            return
        if self.entries and self._in_entry(own, frame):
            return
        binder = self._binder(index, found)
        if binder is None or binder is own or binder.carried:
            return
        if own is None:
            self._judge_unbound(frame, index, found, binder)
        elif not (
            (self.by_context and binder.lane is own.lane)  # it may have been put back
            # An example, for its shape: what runs later looks the index up anew.
            or (own.kind == RESET and self._lanes.compiles())
        ):
            whose = "an earlier call" if binder.over else "another call"
            summary = f"found what {whose} in {binder.lane.name} had bound"
            requirement = _relation(own, binder, in_backward)
            self._file(requirement, WRONG, index, summary, frame, (own, binder))

    def _judge_unbound(self, frame: FrameType, index: int, found: object, binder: Record) -> None:
        last = self._of_context()
        if binder.lane is not self._lanes.here() and (
            last is None or (last.kind != OPAQUE and last.means(index) is not found)
        ):
            summary = f"nothing is bound here; it found what {binder.lane.name} had left"
            requirement = "isolation.no-binding-is-error"
            self._file(requirement, LUCK, index, summary, frame, (last, binder))

    def _judge_luck(self, frame: FrameType, index: int, found: object, own: Record) -> None:
        latest = self.latest
        if latest is not None and latest.means(index) is found and own.kind == STORE:
            summary = f"{latest.lane.name} had overwritten the binding, with the same object"
            self._file(_relation(own, latest, False), LUCK, index, summary, frame, (own, latest))

    def refused(self, frame: FrameType, index: int) -> None:
        """Judge a lookup that raised."""
        try:
            self._refused(frame, index)
        except Exception:  # noqa: BLE001  # as in `looked_up`
            self.faults.append(format_exc())

    def _refused(self, frame: FrameType, index: int) -> None:
        own, depth = self.own(frame)
        if own is not None and depth >= 0:
            own.call.looked = True
        in_backward = self._lanes.backward() != -1
        own = self._expected(own)
        if own is None and (last := self._of_context()) is not None and last.lost is not None:
            own = last.lost
        if own is None or own.means(index) is None or own.kind == OPAQUE or self._restores:
            return
        culprit = self.latest if self.latest is not own else None
        if culprit is None:
            summary, requirement = "raised, though the call had bound it", "store.position-is-index"
        else:
            done = "reset the table" if culprit.kind == RESET else "overwrote the binding"
            summary = f"raised, because {culprit.lane.name} {done}"
            requirement = _relation(own, culprit, in_backward)
        self._file(requirement, RAISED, index, summary, frame, (own, culprit))

    def _expected(self, own: Record | None) -> Record | None:
        """Return the binding of the backward node that runs, unless a call inside it has one."""
        task = self._lanes.backward()
        if task != -1 and (own is None or own.call.task != task):
            return self._of_node()  # pragma: no cover  # run where torch is
        if own is None:
            # A coroutine's mark is gone once coverage has traced it further, and its context stays.
            last = self._of_context()
            if last is not None and last.lane.kind == "task" and last.lane is self._lanes.here():
                return last
        return own

    def _of_node(self) -> Record | None:  # pragma: no cover  # run where torch is
        node = self._lanes.node()
        return None if node is None else self.nodes.get(node)

    def _of_context(self) -> Record | None:
        record = LATEST.get()
        if record is None or record.call.table is not self:
            return None
        return record if self.by_context else record.call.record

    def _binder(self, index: int, found: object) -> Record | None:
        ring = tuple(self.ring)
        return next((one for one in reversed(ring) if one.means(index) is found), None)

    def _in_entry(self, own: Record | None, frame: FrameType) -> bool:
        """Returns whether an entry function looks up here, or has made what would be expected."""
        trails = (trail_of(frame, _FAR), None if own is None else own.trail)
        for trail in trails:
            rest = trail
            while rest is not None:
                code, _, rest = rest
                known = self.entries.get(id(code))
                if known is not None and known() is code:
                    return True
        return False

    def _file(
        self,
        requirement: str,
        kind: str,
        index: int,
        summary: str,
        frame: FrameType | None,
        records: tuple[Record | None, Record | None],
    ) -> None:
        looked_up = lines(trail_of(frame, _FAR), self._hidden, 6)
        own, other = (() if one is None else self._where(one) for one in records)
        key = (requirement, kind, looked_up[:1], own, other)
        finding = self._findings.get(key)
        if finding is not None:
            finding.count += 1
        elif len(self._findings) < (RING // 2 if kind == KEPT else RING):  # these are many
            last = tuple(self.ring)[: -_AROUND - 1 : -1]
            known: dict[Record | None, Binding] = {
                one: self._binding(one) for one in (*last, *records) if one is not None
            }
            self._findings[key] = Finding(
                requirement, kind, index, summary, looked_up, other, own,
                tuple(known[one] for one in last), self._lanes.here(),
                (known.get(records[0]), known.get(records[1])), _now(),
            )  # fmt: skip

    def _binding(self, one: Record) -> Binding:
        return Binding(one.number, one.kind, one.lane, self._where(one), one.began, one.over)

    def _where(self, record: Record) -> tuple[Place, ...]:
        return lines(record.trail, self._hidden, 3)

    # --- at the end ------------------------------------------------------------------------------

    def find_kept(self) -> None:
        """Look for objects that live only because a backward node holds them."""
        torch = self._lanes.torch
        if torch is None or not any(record.kind == STORE for record in self.ring):
            return
        self._find_kept(torch.autograd.function.BackwardCFunction)

    def _find_kept(self, kind: type) -> None:  # pragma: no cover  # run where torch is
        gc.collect()
        held = {
            id(value)
            for node in gc.get_objects()
            if issubclass(type(node), kind)
            for value in _content(cast("Mapping[str, object]", vars(node)).values())
        }
        records = [record for record in self.ring if record.kind == STORE] if held else []
        for record in records:
            for index in record.indices:
                value = record.means(index)
                if value is not None and id(value) in held and _only_in(value, kind, set()):
                    held.remove(id(value))
                    summary = "only the copy of the table that a backward node holds keeps it alive"
                    self._file("store.holds-weakly", KEPT, index, summary, None, (record, None))


def _holds(
    one: Mapping[object, object], references: list[Reference] | dict[int, Reference]
) -> bool:
    return all(one.get(index) is references[index] for index in range(len(references)))


def _content(
    values: Iterable[object],
) -> Iterator[object]:  # pragma: no cover  # run where torch is
    for value in values:
        yield value
        if type(value) is dict:
            yield from cast("dict[object, object]", value).values()
        elif type(value) in (list, tuple):
            yield from cast("Sequence[object]", value)


def _only_in(
    value: object, nodes: type, passed: set[int]
) -> bool:  # pragma: no cover  # run where torch is
    """Return whether everything that refers to a value, as the collector sees it, is a node's."""
    found = gc.get_referrers(value)
    passed = {*passed, id(found)}
    is_held = False
    for one in found:  # no generator: the collector would see it hold what it goes over
        if isinstance(one, FrameType) or id(one) in passed:
            continue
        is_held = isinstance(one, nodes) or (
            type(one) in (dict, list, tuple) and _only_in(one, nodes, passed)
        )
        if not is_held:
            return False
    return is_held


def _relation(own: Record, other: Record, in_backward: bool) -> str:
    """Return the requirement that is broken if one binding gets the other one's objects."""
    if in_backward:
        return "snapshot.reenter"
    if own.lane.thread != other.lane.thread:
        return "isolation.threads"
    kinds = {own.lane.kind, other.lane.kind}
    if own.lane is not other.lane and "task" in kinds:
        return "isolation.tasks"
    if own.lane is not other.lane and "greenlet" in kinds:
        return "isolation.greenlets"
    return "frame.nested"
