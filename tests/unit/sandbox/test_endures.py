"""A sandbox that runs for long: a hundred thousand calls, and it is no larger than after the first twenty thousand."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.load import calls_per_second
from benchmarks.sandbox import KINDS, resident_bytes, served_sandbox


@pytest.mark.soak
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells the memory of a process so")
def test_a_hundred_thousand_calls_leave_nothing_behind() -> None:
    with served_sandbox() as box:
        reading = [box.requests(kind)[0] for kind in KINDS if not kind.startswith("GetSessionToken")]
        calls_per_second(box.endpoint, reading, calls=20_000)
        early = resident_bytes(box.process)
        calls_per_second(box.endpoint, reading, calls=80_000)
        assert resident_bytes(box.process) - early < 2_000_000
