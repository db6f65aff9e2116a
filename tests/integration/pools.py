"""Real executors, each opened once for the tests of a file."""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager

import dask
import loky
from distributed import Client, LocalCluster

WORKERS = 2


@contextmanager
def threads() -> Iterator[Executor]:
    with ThreadPoolExecutor(WORKERS) as pool:
        yield pool


@contextmanager
def processes() -> Iterator[Executor]:
    with ProcessPoolExecutor(WORKERS, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


@contextmanager
def loky_processes() -> Iterator[Executor]:
    pool = loky.get_reusable_executor(max_workers=WORKERS)
    yield pool
    pool.shutdown(wait=True)


@contextmanager
def dask_cluster() -> Iterator[Executor]:
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        LocalCluster(
            n_workers=WORKERS,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster) as client,
        client.get_executor() as pool,
    ):
        yield pool


OTHER_PROCESSES = {"processes": processes, "loky": loky_processes, "dask": dask_cluster}
POOLS = {"threads": threads, **OTHER_PROCESSES}
