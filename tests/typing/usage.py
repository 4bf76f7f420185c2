"""The public face as somebody who uses it would write it. `mypy --strict` reads this file, and a test runs it."""

from __future__ import annotations
