"""Applies or undoes a plan, and dies at a given call, before it is sent or after it was answered."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from iamfa.audit import plan_file
from iamfa.audit.applying import apply
from iamfa.audit.journal import opened
from iamfa.audit.live import Live
from iamfa.audit.undoing import undo
from iamfa.clock import now
from iamfa.gateway.aws import Aws
from iamfa.gateway.ports import Credentials
from iamfa.secret import Secret


class Dying:
    """The calls of an administrator, up to one that changes something."""

    def __init__(self, left: int, when: str) -> None:
        key = Credentials(os.environ["AWS_ACCESS_KEY_ID"], Secret(os.environ["AWS_SECRET_ACCESS_KEY"]))
        self._aws = Aws(
            key, region="us-east-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"], texts_of_policies=True
        )  # fmt: skip
        self._left, self._when = left, when

    def call(self, service: str, operation: str, **parameters: Any) -> Mapping[str, Any]:
        changes = not operation.startswith(("Get", "List"))
        self._left -= changes
        last = changes and self._left == 0
        if last and self._when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = self._aws.call(service, operation, **parameters)
        if last:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer


def main(what: str, plan: str, journal: str, left: str, when: str) -> None:
    made = plan_file.read(plan)
    live = Live(Dying(int(left), when), lambda seconds: None)
    with opened(Path(journal), made, now) as book:
        if what == "apply":
            apply(made, live, book, still_safe=lambda step: None, probe=None, tell=lambda step, said: None)
        else:
            undo(book, live, tell=lambda step, said: None)


if __name__ == "__main__":
    main(*sys.argv[1:])
