"""How commands judge a target while somebody is waiting."""

from __future__ import annotations

from collections.abc import Collection

from rich.console import Console

from sidetable_conformance.errors import InputError
from sidetable_conformance.reports.progress import Progress
from sidetable_conformance.running.run import run
from sidetable_conformance.verdicts.report import Report

from .arguments import make_current_directory_importable


def judge(
    target: str,
    *,
    edition: str,
    profile: str,
    strict: bool = False,
    capabilities: Collection[str] | None = None,
    budget: str = "normal",
) -> Report:
    """Returns what `run` found, and says on a terminal how far it is.

    Raises:
        TargetError: If the target can not be used.
        InputError: If the edition asks nothing in this profile.
    """
    make_current_directory_importable()
    with Progress(Console(stderr=True, highlight=False)) as progress:
        try:
            return run(
                target,
                edition=edition,
                profile=profile,
                strict=strict,
                capabilities=capabilities,
                budget=budget,
                watch=progress.show,
            )
        except ValueError as error:
            raise InputError(f"profile {profile}", str(error)) from error
