"""
Guards what all tests of a process share, because a broker lives in it. conftest loads it.

A call that changes the whole process is refused, also where the test would restore the old
state: librdkafka's threads do not survive a change of the user. What a test leaves changed fails
that test, and not those after it.
"""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Generator
from types import ModuleType
from typing import Any, Never

import pytest

_REFUSED: dict[ModuleType, tuple[str, ...]] = {
    os: (
        *("chdir", "fchdir", "chroot", "umask", "nice"),
        *("setuid", "seteuid", "setreuid", "setresuid"),
        *("setgid", "setegid", "setregid", "setresgid", "setgroups", "initgroups"),
    ),
    resource: ("setrlimit",),
}
_OF_PYTEST = "PYTEST_CURRENT_TEST"
_BEFORE = pytest.StashKey[dict[str, object]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop() -> Generator[None, Any, Any]:
    """Refuse, while tests run, the calls that change the whole process."""
    with pytest.MonkeyPatch.context() as patch:
        for module, names in _REFUSED.items():
            for name in names:
                patch.setattr(module, name, _refuses(f"{module.__name__}.{name}"), raising=False)
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, Any, Any]:
    """Note the state of the process before *item* and its fixtures."""
    item.stash[_BEFORE] = _state()
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fail *item* if it and its fixtures left the process changed."""
    result = yield
    before, after = item.stash[_BEFORE], _state()
    changed = sorted(n for n in before.keys() | after.keys() if before.get(n) != after.get(n))
    if changed:
        pytest.fail(f"this test leaves its process changed: {', '.join(changed)}", pytrace=False)
    return result


def _refuses(name: str) -> Any:
    def refuse(*_: object) -> Never:
        raise RuntimeError(
            f"{name} changes the process of all tests: call it through"
            " tests.support.own_process.in_own_process"
        )

    return refuse


def _state() -> dict[str, object]:
    """Return what all threads of this process share, by names to show."""
    signals = set(signal.Signals) - {signal.SIGALRM}  # that is pytest-timeout's
    handlers = {f"handler of {s.name}": signal.getsignal(s) for s in signals}
    limits = {n: resource.getrlimit(getattr(resource, n)) for n in _LIMITS}
    variables = {f"variable {n}": value for n, value in os.environ.items() if n != _OF_PYTEST}
    own: dict[str, object] = {
        "user": (os.getuid(), os.geteuid()),
        "group": (os.getgid(), os.getegid(), os.getgroups()),
        "working directory": os.getcwd(),
    }
    return own | handlers | limits | variables


_LIMITS = [name for name in dir(resource) if name.startswith("RLIMIT_")]
