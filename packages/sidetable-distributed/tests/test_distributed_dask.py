"""A real cluster: a scheduler here, and two workers in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import dask
import pytest
from distributed import Client, LocalCluster, wait

from sidetable_distributed import MissingOnWorkerError, Provider, ship
from sidetable_source import ImportSource

pytestmark = pytest.mark.slow

QUIET = {
    "distributed.comm.timeouts.connect": "300s",
    "distributed.comm.timeouts.tcp": "300s",
    "distributed.scheduler.worker-ttl": None,  # a busy machine may silence a worker for long
    "distributed.scheduler.allowed-failures": 10,
    "distributed.worker.memory.terminate": False,
    "distributed.worker.memory.pause": False,
}


def make_cluster(n_workers=2):
    """Starts a scheduler here and workers in processes, on the loopback, without dashboards."""
    # Without bokeh there is no dashboard; what is left is a small server on any free port.
    return LocalCluster(
        n_workers=n_workers,
        threads_per_worker=2,
        processes=True,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
    )


@pytest.fixture(scope="module")
def cluster(workplace):
    """A cluster that the tests of this file share."""
    with dask.config.set(QUIET), make_cluster() as cluster:
        yield cluster


@pytest.fixture
def client(cluster, shop):
    """A client of it, with its two workers there."""
    with dask.config.set(QUIET), Client(cluster) as client:
        client.wait_for_workers(2)
        yield client


def till(shop, name, **settings):
    """Returns a provider of what notes, in the test's own file, when it is made and closed."""
    return Provider("shop:Till", name, str(shop.ledger()), **{"close": "close", **settings})


def test_workers_have_their_own_objects(shop, client):
    """One for each process; every task of a process has that one."""
    job = ship(shop.serve_or_die, till=till(shop, "each", scope="process", healthy="ping"))
    every = range(100)
    with client.get_executor() as pool:
        answers = list(pool.map(job, every, [-1] * 100, [""] * 100))
    assert [answer[0] for answer in answers] == [number * number for number in every]
    assert all(runs_in == made_in for _, runs_in, made_in, _ in answers)
    assert {name for *_, name in answers} == set(shop.noted("made"))
    assert len(shop.noted("made")) == len({runs_in for _, runs_in, _, _ in answers})


def test_a_retry_binds_anew(shop, client, tmp_path):
    """Dask's own retry has an object of its own."""
    job = ship(shop.fail_first, till=till(shop, "retried"))
    answer = client.submit(job, str(tmp_path / "marker"), retries=1).result()
    first, second = shop.noted("made")
    assert answer == second != first
    assert sorted(shop.noted("closed")) == sorted([first, second])


def test_what_a_worker_lacks_is_not_retried(shop, client, tmp_path):
    """It lists all that is missing; the retries that were asked for are not used."""
    check_not_retried(client, shop.serve, tmp_path)


@pytest.mark.parametrize("name", ["serve", "serve_later"])
def test_only_the_task_that_lacks_something_is_not_retried(shop, tmp_path, name):
    """Others of the same worker keep their retries, here in a worker of this very process."""
    with (
        dask.config.set(QUIET),
        LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False, dashboard_address="127.0.0.1:0"
        ) as cluster,
        Client(cluster) as client,
    ):
        running = client.submit(shop.wait_and_fail_once, retries=1)
        shop.RUNNING.wait()
        check_not_retried(client, getattr(shop, name), tmp_path)
        shop.GO_ON.set()
        assert running.result() == "the second time"
    shop.RUNNING.clear()
    shop.GO_ON.clear()


def check_not_retried(client, function, tmp_path):
    """Submits a job that lacks three things, and fails if more than one attempt is made."""
    attempts = tmp_path / "attempts"
    job = ship(
        function,
        till=Provider("shop:absent", healthy="shop:broken.check"),
        customer=ImportSource("shop").attr("attempt").call(str(attempts)).attr("absent"),
    )
    future = client.submit(job, retries=3)
    with pytest.raises(MissingOnWorkerError) as caught:
        future.result()
    assert len(caught.value.missing) == 3
    assert attempts.read_text() == "once\n"


def test_an_async_function_runs_in_the_loop_of_the_worker(shop, client):
    """Dask awaits it there."""
    job = ship(shop.serve_later, till=till(shop, "async"))
    assert [future.result()[1:] for future in client.map(job, range(4))] == [(1, True)] * 4
    assert len(set(shop.noted("made"))) == 4
    assert sorted(shop.noted("closed")) == sorted(shop.noted("made"))


def test_a_job_that_is_submitted_again_is_not_run_again(shop, client):
    """The same job with the same arguments has the same key; another provider has another."""
    futures = [
        client.submit(ship(shop.serve, till=till(shop, name)), 1) for name in ("a", "a", "b")
    ]
    wait(futures)
    assert futures[0].key == futures[1].key != futures[2].key
    assert futures[0].key.startswith("serve-")
    assert len(shop.noted("made")) == 2


def test_a_worker_is_killed_in_the_middle_of_200_tasks(shop, client, tmp_path):
    """All answers are right, no object crosses, and the worker that replaces it makes its own."""
    before = set(client.run(os.getpid).values())
    job = ship(shop.serve_or_die, till=till(shop, "kept", scope="process", healthy="ping"))
    marker = str(tmp_path / "marker")
    futures = client.map(job, range(200), deadly=100, marker=marker, pure=False)
    answers = client.gather(futures)
    assert Path(marker).exists()
    assert [answer[0] for answer in answers] == [number * number for number in range(200)]
    assert all(runs_in == made_in for _, runs_in, made_in, _ in answers)
    client.wait_for_workers(2)
    after = client.run(os.getpid)
    (fresh,) = set(after.values()) - before
    (address,) = [worker for worker, process in after.items() if process == fresh]
    answer = client.submit(job, 7, -1, marker, workers=[address], pure=False).result()
    assert answer[:3] == (49, fresh, fresh)
    made = shop.processes("made")
    assert len(made) == len(set(made.values()))
    assert made[answer[3]] == str(fresh)


def test_workers_that_end_close_every_object_once(shop):
    """In the process, and of a thread in the thread, that made it.

    Dask's nannies kill a worker that takes four seconds to end, so these have none.
    """
    confined = Provider("shop:Confined", "b", str(shop.ledger()), scope="thread", close="close")
    job = ship(shop.serve_two, first=till(shop, "a", scope="process"), second=confined)
    with dask.config.set(QUIET), make_cluster(n_workers=0) as cluster, Client(cluster) as client:
        command = ["-m", "distributed.cli.dask_worker", cluster.scheduler_address, "--no-nanny"]
        workers = [
            subprocess.Popen(
                [sys.executable, *command, "--nthreads", "2"], stderr=subprocess.DEVNULL
            )
            for _ in range(2)
        ]
        client.wait_for_workers(2)
        wait([client.submit(job, pure=False) for _ in range(20)])
    assert [worker.wait(300) for worker in workers] == [0, 0]
    assert shop.processes("closed") == shop.processes("made") != {}
    assert sorted(shop.noted("closed")) == sorted(shop.noted("made"))
