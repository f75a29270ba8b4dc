"""A function with a database, a lock and a logger runs in other processes.

`hatch run demo-distributed`
"""

from __future__ import annotations

import pickle
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from pathlib import Path

import atlas

from sidetable_distributed import MissingOnWorkerError, Provider, ShipError, ship
from sidetable_source import GlobalSource, ImportSource


def main(path: str) -> bool:
    """Show it with a database in a file; return whether everything was right."""
    atlas.write(path)
    print("1. A function needs objects that cannot travel, and ship() refuses them by name")
    with closing(atlas.Atlas(path)) as live:
        try:
            ship(atlas.people, atlas=Provider("atlas:Atlas", live), lock=atlas.LOCK)
        except ShipError as error:
            print("".join(f"   {where}: {why}\n" for where, why in error.refused), end="")

    print("2. It gets instructions instead: a provider makes an object, a source finds one")
    job = ship(
        atlas.people,
        atlas=Provider("atlas:Atlas", path, scope="process", close="close", healthy="ping"),
        lock=GlobalSource("LOCK"),
        log=ImportSource("logging").attr("getLogger").call("atlas"),
    )
    shown = job.describe().replace(path, Path(path).name)
    print("".join(f"   {line}\n" for line in shown.splitlines()), end="")

    print("3. 1,000 tasks on two workers: each worker makes its own connection, when it needs it")
    towns = [*atlas.TOWNS] * 250
    with ProcessPoolExecutor(2) as pool:
        answers = list(pool.map(job, towns, chunksize=10))
    wrong = sum(
        people != atlas.TOWNS[town] for town, (people, _, _) in zip(towns, answers, strict=True)
    )
    crossed = sum(runs != made for _, runs, made in answers)
    workers = len({runs for _, runs, _ in answers})
    connections = len({made for _, _, made in answers})
    print(f"   {wrong} wrong answers, {crossed} objects of another process", end=", ")
    print(f"{workers} workers, {connections} connections")
    print(f"   {len(pickle.dumps(job))} bytes travel for each task, and no object")

    print("4. What a worker lacks is listed in one error, and the pool lives on")
    lacking = ship(
        atlas.people,
        atlas=Provider("atlas:Globe"),
        lock=GlobalSource("KEY"),
        log=GlobalSource("LOG"),
    )
    with ProcessPoolExecutor(1) as pool:
        try:
            pool.submit(lacking, "Bodø").result()
        except MissingOnWorkerError as error:
            print("".join(f"   {name}: {why}\n" for name, why in error.missing), end="")
        alive = pool.submit(job, "Bodø").result()[0] == atlas.TOWNS["Bodø"]
    return not wrong and not crossed and workers == connections and alive


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(0 if main(str(Path(folder) / "towns.sqlite")) else 1)
