"""
A process of its own for a test that changes what belongs to a whole process.

The user, the umask, the working directory and the limits belong to all threads, and in the
process of the tests an embedded Kafka has some: `seteuid` alone ends it. So conftest refuses
such calls there; a test makes them here.

`monkeypatch.setenv` needs none of this: it restores the variable, and no thread of the embedded
Kafka reads one.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def in_own_process(does: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """
    Return what *does* returns in a fresh process, and raise what it raises.

    *does* is a function of a module; what goes in and out can be pickled.
    """
    spawn = multiprocessing.get_context("spawn")  # a fork would copy the locks of our threads
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(does, *args, **kwargs).result()
