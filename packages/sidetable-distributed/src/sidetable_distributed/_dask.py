"""Tell Dask's scheduler that a retry cannot help, if Dask runs the task."""

from __future__ import annotations

import asyncio
import pickle
import sys
from contextlib import suppress
from typing import Any

# `Any` stands for Dask's worker and scheduler: Dask is an extra, and nothing here imports it.


def stop_retries() -> None:
    """Set the retries of this thread's task to 0, if Dask runs it.

    Dask counts retries in the scheduler, and retries after any error. The scheduler must have this
    package; without it, the task is retried as often as was asked.
    """
    worker = _worker()
    if worker is not None:
        with suppress(Exception):
            name = f"execute({worker.get_current_task()!r})"
            sys.modules["distributed"].utils.sync(worker.loop, _ask, worker, name)


async def stop_retries_async() -> None:
    """Do the same for the asyncio task that runs here."""
    worker = _worker()
    task = asyncio.current_task()
    if worker is not None and task is not None:
        with suppress(Exception):
            await _ask(worker, task.get_name())


def _worker() -> Any:
    """Return the worker that runs this code, or None; never import Dask."""
    distributed = sys.modules.get("distributed")
    with suppress(Exception):
        return distributed and distributed.get_worker()
    return None


async def _ask(worker: Any, name: str) -> None:
    await worker.scheduler.run_function(
        function=pickle.dumps(_without_retries),
        args=pickle.dumps((worker.address, name)),
        kwargs=pickle.dumps({}),
        wait=True,
    )


def _without_retries(worker: str, name: str, *, dask_scheduler: Any) -> None:
    """Run in the scheduler; a worker names the asyncio task of a task after its key."""
    for task in dask_scheduler.workers[worker].processing:
        if f"execute({task.key!r})" == name:
            task.retries = 0
