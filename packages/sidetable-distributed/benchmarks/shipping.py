"""What it costs to ship a function. `hatch run bench:distributed`, or with `--quick` less exact.

A plain `pool.map` of a function that uses a global of its process is compared with that of a job
that uses a provider's object. Time is that of the processors, which other programs do not change.
"""

from __future__ import annotations

import argparse
import multiprocessing
import pickle
import resource
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

import tasks
from sidetable_distributed import Provider, ship

LIMIT = 1.1
"""How much longer a task of 1 ms may take."""


def main() -> int:
    """Print the figures, and return 1 if a bound is exceeded or an answer is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, to see that it runs")
    rounds = 2 if parser.parse_args().quick else 7
    job = ship(tasks.count, words=Provider("tasks:Vocabulary", tasks.WORDS, scope="process"))

    print("Bytes on the wire for one task")
    state = len(pickle.dumps((tasks.count, tasks.Vocabulary(tasks.WORDS), 1)))
    shipped = len(pickle.dumps((job, 1)))
    print(f"  the state, pickled      {state:>9,}")
    print(f"  the job                 {shipped:>9,}   {state / shipped:,.0f} times less")

    turns = turns_of_a_millisecond()
    work = [(number, turns) for number in range(1_000)]
    plain, with_job = [], []
    for _ in range(rounds):
        plain.append(processor_time(tasks.by_hand, work))
        with_job.append(processor_time(job, work))
    ratio = statistics.median(with_job) / statistics.median(plain)
    print("Processor time for one task of 1 ms, two workers")
    print(f"  a plain pool.map        {statistics.median(plain):9.1f} µs")
    print(f"  pool.map of the job     {statistics.median(with_job):9.1f} µs   {ratio:.3f}x")

    every = [(number, 0) for number in range(10_000)]
    started = time.perf_counter()
    with pool_of_two() as pool:
        answers = list(pool.map(job, every))
    took = time.perf_counter() - started
    right = [number for number, _ in answers] == [number for number, _ in every]
    workers = len({process for _, process in answers})
    print("10,000 empty tasks, from starting the pool to ending it")
    print(f"  took                    {took:9.1f} s    {took * 100:.0f} µs each")
    print(f"  the answers are {'right' if right else 'WRONG'}, from {workers} workers")
    return 0 if right and ratio <= LIMIT else 1


def pool_of_two() -> ProcessPoolExecutor:
    """Return a new pool."""
    return ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork"))


def turns_of_a_millisecond() -> int:
    """Return for how many turns `spend` takes 1 ms of a processor."""
    turns, took = 1_000, 0.0
    while took < 0.05:  # noqa: PLR2004  # 50 ms are measured well
        turns *= 2
        started = time.process_time()
        tasks.spend(turns)
        took = time.process_time() - started
    return round(turns * 0.001 / took)


def processor_time(
    function: Callable[[tuple[int, int]], object], work: list[tuple[int, int]]
) -> float:
    """Return the processor time in µs for one task, here and in the workers, from start to end."""
    before = spent()
    with pool_of_two() as pool:
        list(pool.map(function, work))
    return (spent() - before) / len(work) * 1e6


def spent() -> float:
    """Return the processor time of this process and of the workers that have ended."""
    return sum(
        sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )


if __name__ == "__main__":
    sys.exit(main())
