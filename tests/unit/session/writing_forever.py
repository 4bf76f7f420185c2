"""A program that writes both files of the SDKs again and again, to be killed: `python writing_forever.py HOME`.

For each line, a number, that comes in, it starts a process that numbers its sessions from there on, and says the id of
that process; when it is dead it says so.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from iamfa.gateway.ports import Credentials
from iamfa.secret import Secret
from iamfa.session.applying import applied
from iamfa.session.credentials_file import write_session
from iamfa.session.profiles import AwsFiles
from iamfa.session.steps import Plan, SetValue

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def write_on(home: Path, number: int) -> None:
    """One session, and one change of the config file, for each number."""
    while True:
        number += 1
        files = AwsFiles.read({}, home)
        token = Secret(f"{number}-{'t' * 300}")
        write_session(files, "work-mfa", Credentials(f"ASIA{number}", Secret(f"{number}"), token, NOW))
        old = files.values("work").get("number")
        step = SetValue("config", "profile work", "number", old if isinstance(old, str) else None, str(number))
        applied(Plan((step,)), files, home / "state", NOW)
        for journal in (home / "state" / "undo").glob("*.json"):
            journal.unlink()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    home = Path(sys.argv[1])
    for line in sys.stdin:
        process = os.fork()
        if not process:
            write_on(home, int(line))
        _say(str(process))
        os.waitpid(process, 0)
        _say("dead")


if __name__ == "__main__":
    main()
