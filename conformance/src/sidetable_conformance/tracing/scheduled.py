"""From a schedule that gave a wrong result to a script that runs it again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sidetable_conformance.schedules.schedule import Schedule
from sidetable_conformance.targets.target import Target
from sidetable_conformance.verdicts.report import Result

SCHEDULED: Final = "isolation.every-interleaving"
"""The requirement whose failures are schedules."""

_SEEN: Final = re.compile(r"schedule (?P<schedule>[0-9: ]+): (?P<wrong>.*)", re.DOTALL)

_SCRIPT: Final = """\
from sidetable_conformance.interleavings import replay_case

case = {case!r}
failure = replay_case(case, {target!r}, {schedule!r}, {capabilities!r})
if failure is not None:
    raise SystemExit(f"{{case}}, {{failure}}")
"""


def explain_schedule(target: Target, result: Result) -> tuple[tuple[str, ...], str] | None:
    """Returns how two threads took turns in a failure, a line for each, and a script that shows it.

    The script imports the kit too, because only a schedule brings the failure about every time.

    Args:
        target: What failed.
        result: The failure.

    Returns:
        The lines and the script, or None if the failure is no schedule's. The script is "" where
        the target can not be imported by its name.
    """
    seen = _SEEN.fullmatch(result.seen) if result.id == SCHEDULED else None
    if seen is None:
        return None
    schedule = Schedule.parse(seen["schedule"])
    lines = (result.when, *_turns(schedule), seen["wrong"])
    if not target.path:
        return lines, ""
    script = _SCRIPT.format(
        case=result.when,
        target=target.path,
        schedule=str(schedule),
        capabilities=sorted(target.capabilities),
    )
    return lines, script


def _turns(schedule: Schedule) -> Iterator[str]:
    for segment in schedule.segments:
        if segment.boundaries:
            yield f"thread {segment.thread} passes {segment.boundaries} boundaries; it is preempted"
        else:
            yield f"thread {segment.thread} goes on for as long as it can"
    yield "the others go on, each to its end"
