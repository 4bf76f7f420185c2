"""The difference of two texts as edits of the first."""

from __future__ import annotations

from difflib import SequenceMatcher

from iamfa.policy.edit import Edit


def edits_between(before: str, after: str) -> tuple[Edit, ...]:
    """The change as edits of whole stretches that differ, found line by line and narrowed to the characters."""
    if before == after:
        return ()
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    edits = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            edits.append(_narrowed(starts[i1], "".join(old[i1:i2]), "".join(new[j1:j2])))
    return tuple(edits)


def _narrowed(start: int, old: str, new: str) -> Edit:
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return Edit(start + head, start + len(old) - tail, new[head : len(new) - tail])
