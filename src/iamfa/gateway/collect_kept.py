"""The answers of a collection that has not ended, in a file: what was read is not read again for some minutes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from iamfa.account.details import time_in
from iamfa.account.documents import time_out
from iamfa.errors import IamfaError
from iamfa.files import read_text, write_text

Json = dict[str, Any]

KEPT: Final = timedelta(minutes=15)
"""How long an answer is good for: an account changes, and nobody knows how long AWS takes the marker of a page."""
_VERSION: Final = 1
_AT_ONCE: Final = 50
"""After so many answers about single users the file is written."""


class KeptAnswers:
    """Answers by the call that they are to, of one caller in one account; without a folder none outlive the process.

    What the file holds is the account's, never a secret; it has the mode 0600 in a folder of mode 0700, and is replaced
    in one step. One folder serves one endpoint: an answer does not tell who gave it.
    """

    def __init__(self, folder: Path | None, account: str, caller: str, now: Callable[[], datetime]) -> None:
        self._now = now
        self._caller = caller
        digest = sha256(caller.encode()).hexdigest()[:12]
        self._path = None if folder is None else folder / f"collect-{account}-{digest}.json"
        self._answers = {} if self._path is None else self._read(self._path)
        self._earlier = frozenset(self._answers)
        self._unsaved = 0

    def find(self, call: str) -> Json | None:
        """The answer to a call, where one is kept and still good."""
        found = self._answers.get(call)
        return None if found is None else found[1]

    def keep(self, call: str, answer: Json, *, page: bool) -> None:
        """Keep an answer; a page of a long list is on the disk at once."""
        if self._path is None:
            return
        self._answers[call] = (self._now(), answer)
        self._unsaved += 1
        if page or self._unsaved >= _AT_ONCE:
            self.save()

    def forget_earlier(self, operation: str) -> bool:
        """Forget what an earlier process was answered to an operation; whether there was anything."""
        stale = {call for call in self._earlier if call in self._answers and json.loads(call)[0] == operation}
        for call in stale:
            del self._answers[call]
        self._earlier -= stale
        return bool(stale)

    def save(self) -> None:
        """Write the file, as far as that can be done: without it everything is read again, and that is all."""
        if self._path is None or not self._unsaved:
            return
        answers = [[call, time_out(at), answer] for call, (at, answer) in self._answers.items()]
        text = json.dumps({"version": _VERSION, "caller": self._caller, "answers": answers}, separators=(",", ":"))
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_text(self._path, text, mode=0o600)
        self._unsaved = 0

    def remove(self) -> None:
        """Take the file away: everything was read."""
        if self._path is not None:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)

    def _read(self, path: Path) -> dict[str, tuple[datetime, Json]]:
        """What the file holds that is still good; nothing of a file that is not whole."""
        now = self._now()
        try:
            found = json.loads(read_text(path))
            if (found["version"], found["caller"]) != (_VERSION, self._caller):
                return {}
            timed = [(str(call), time_in(at), dict(answer)) for call, at, answer in found["answers"]]
        except (IamfaError, ValueError, TypeError, KeyError, RecursionError):
            return {}
        return {call: (at, answer) for call, at, answer in timed if timedelta() <= now - at <= KEPT}


def name_of_call(service: str, operation: str, parameters: Mapping[str, Any]) -> str:
    """The call as a text that is the same for the same call."""
    return json.dumps([f"{service}:{operation}", dict(parameters)], sort_keys=True)
