"""A sandbox in a process of its own: `python -m benchmarks.served` says in one JSON line where it is, and serves.

It ends with its standard input. Unlike `iamfa sandbox` it writes no line for each call: what is measured is the server.
"""

from __future__ import annotations

import json
import sys

import iamfa


def main() -> None:
    """Serve until whoever started this is gone."""
    with iamfa.Sandbox() as box:
        print(json.dumps({"endpoint": box.endpoint_url, "environment": box.environment}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
