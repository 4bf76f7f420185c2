"""`python -m benchmarks`: every figure, one part after the other. Ends with 0 whatever it finds."""

from __future__ import annotations

import platform

from benchmarks import audit, commands, decisions, flows, proofs, sandbox, sessions, texts
from benchmarks.measure import Row, table

PARTS = (
    ("decisions", decisions.rows),
    ("flows and judgement", flows.rows),
    ("proofs", proofs.rows),
    ("commands", commands.rows),
    ("sessions", sessions.rows),
    ("texts", texts.rows),
    ("sandbox", sandbox.rows),
    ("audit", audit.rows),
)


def main() -> None:
    """Measure and print."""
    print(f"Python {platform.python_version()} on {platform.machine()}; medians, all of one run")
    rows: list[Row] = []
    for title, measured in PARTS:
        rows += [Row("", ""), Row(title.upper(), ""), *measured()]
    print(table(rows))


if __name__ == "__main__":
    main()
