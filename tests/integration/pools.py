"""Real executors, and how to open them."""

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
def loky_processes_apart() -> Iterator[Executor]:
    """Open a pool that nobody else is given: one that is to break."""
    with loky.ProcessPoolExecutor(WORKERS) as pool:
        yield pool


@contextmanager
def dask_cluster() -> Iterator[Executor]:
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        LocalCluster(
            n_workers=WORKERS,
            threads_per_worker=1,
            processes=True,
            dashboard_address=":0",  # any port: without one it insists on a number that another cluster may have
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster) as client,
        client.get_executor() as pool,
    ):
        yield pool


OTHER_PROCESSES = {"processes": processes, "loky": loky_processes, "dask": dask_cluster}
POOLS = {"threads": threads, **OTHER_PROCESSES}
TO_BREAK = {**OTHER_PROCESSES, "loky": loky_processes_apart}
