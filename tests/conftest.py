"""What holds for every test: how many examples a property is tried on, what is for `make soak` only, and what is
followed line by line where coverage is measured."""

from __future__ import annotations

import gc
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

HERE = Path(__file__).parent
SOAK = os.environ.get("IAMFA_SOAK") == "1"

# The quick profile is the same run every time, so that a change is judged by what it changed. The soak profile looks
# for new examples each time, and keeps what it found in .hypothesis.
settings.register_profile("quick", max_examples=20, derandomize=True, deadline=None, print_blob=True)
settings.register_profile(
    "soak",
    max_examples=3000,
    deadline=timedelta(seconds=20),
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("soak" if SOAK else "quick")

# Following every line makes a test three times as long. So what looks at much at once (properties, whole outputs, holes
# in every policy, every wish), what starts programs, and what is marked `broad` runs without; every line must be
# reached by the others.
BROAD = (
    "agreement/",
    "browser/",
    "clients/",
    "contract/",
    "fuzz/",
    "golden/",
    "house/",
    "properties/",
    "terminal/",
    *(f"unit/advise/test_{name}.py" for name in ("holes", "silent_set", "walks")),
    "unit/proof/test_checker_soundness.py",
)
# Here sets of parameters go nearly the same way: only the first is followed.
ALIKE = (
    *(f"unit/{room}/" for room in ("advise", "cli", "evaluate", "lifecycle", "proof", "reference", "sandbox")),
    *(f"unit/report/test_{name}.py" for name in ("cloudformation", "terraform")),
)

# Most of what a judgement takes are the walks of a device's life, and tests/unit/lifecycle reaches all of their lines:
# where the rooms above call them they are not followed either.
WALKS = ("walk_flows", "walk_attacks")
ROOMS_ABOVE = ("iamfa.advise.", "iamfa.audit.")

UNFOLLOWED = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", "broad: not followed line by line where coverage is measured")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skips what is marked `soak`, and says why, unless the long tests were asked for; puts the followed tests first.

    So what is remembered for the rest of a process (a table that is read once) is read where it is followed.
    """
    if not SOAK:
        long_test = pytest.mark.skip(reason="long: run by `make soak` (IAMFA_SOAK=1)")
        for item in items:
            if item.get_closest_marker("soak"):
                item.add_marker(long_test)
    if config.pluginmanager.hasplugin("_cov"):
        seen: Counter[str] = Counter()
        for item in items:
            place, name = item.path.relative_to(HERE).as_posix(), item.nodeid.partition("[")[0]
            again = place.startswith(ALIKE) and seen[name] > 0
            seen[name] += 1
            item.stash[UNFOLLOWED] = again or place.startswith(BROAD) or item.get_closest_marker("broad") is not None
        items.sort(key=lambda item: item.stash[UNFOLLOWED])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Stops following lines while a test runs that is not to be followed, in the processes that it starts as well."""
    tracer = sys.gettrace()
    if tracer is None or not item.stash.get(UNFOLLOWED, False):
        return (yield)
    told = {name: os.environ.pop(name) for name in [*os.environ] if name.startswith("COVERAGE_PROCESS_")}
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(tracer)
        os.environ.update(told)


def unfollowed(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, run without its lines being followed."""

    @wraps(function)
    def run(*arguments: Any, **named: Any) -> Any:
        tracer = sys.gettrace()
        if tracer is None:
            return function(*arguments, **named)
        sys.settrace(None)
        try:
            return function(*arguments, **named)
        finally:
            sys.settrace(tracer)
            _begins()

    return run


def _begins() -> None:
    """A tracer that is set begins with the next call; this is one, so that it misses nothing of whoever goes on."""


def pytest_collection_finish(session: pytest.Session) -> None:
    """Lets the rooms above call the walks unfollowed; keeps the thousands of tests out of every later search for
    garbage."""
    if session.config.pluginmanager.hasplugin("_cov"):
        for name in [each for each in sys.modules if each.startswith(ROOMS_ABOVE)]:
            for walk in WALKS:
                found = getattr(sys.modules[name], walk, None)
                if found is not None:
                    setattr(sys.modules[name], walk, unfollowed(found))
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
