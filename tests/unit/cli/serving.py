"""`iamfa sandbox` inside the test's process: what is done while it runs, and then its end."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from iamfa.cli.boxes import runtime_folder
from iamfa.gateway.aws import Aws
from iamfa.gateway.ports import Credentials
from iamfa.secret import Secret

PATIENCE = 20
"""Seconds after which something that should have come is missed."""


def wait_for(found: Callable[[], Any]) -> Any:
    """What *found* gives once it gives something."""
    end = time.monotonic() + PATIENCE
    while not (value := found()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)
    return value


class Visitor(threading.Thread):
    """Waits for the sandbox, does something with it, and ends it by a signal."""

    def __init__(self, visit: Callable[[Path], object], *, by: int = signal.SIGINT) -> None:
        super().__init__(daemon=True)
        self.error: BaseException | None = None
        self._visit = visit
        self._by = by
        self._before = signal.getsignal(signal.SIGTERM)
        self.start()

    def run(self) -> None:
        try:
            (file,) = wait_for(lambda: list(runtime_folder().glob("sandbox-*.json")))
            wait_for(lambda: signal.getsignal(signal.SIGTERM) is not self._before)
            self._visit(file)
        except BaseException as error:  # noqa: BLE001 - it is raised where the test looks
            self.error = error
        finally:
            main = threading.main_thread().ident
            assert main is not None
            if signal.getsignal(signal.SIGTERM) is not self._before:
                signal.pthread_kill(main, self._by)

    def left(self) -> None:
        """Raise what went wrong meanwhile."""
        self.join(PATIENCE)
        if self.error is not None:
            raise self.error


def aws_at(environment: dict[str, str]) -> Aws:
    """The calls that an environment is for."""
    key = Credentials(environment["AWS_ACCESS_KEY_ID"], Secret(environment["AWS_SECRET_ACCESS_KEY"]))
    return Aws(key, region=environment["AWS_REGION"], endpoint_url=environment["AWS_ENDPOINT_URL"], attempts=1)


def endpoint_in(file: Path) -> str:
    """Where the sandbox of a file is."""
    return str(json.loads(file.read_text(encoding="utf-8"))["endpoint"])
