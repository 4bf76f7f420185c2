"""Whatever was recorded: as many findings are known as can be, and never one that no entry of its own answers for."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from iamfa.advise.baseline import Known, baseline_text, read_baseline, settle
from iamfa.advise.finding import Finding, Severity

FINDINGS = st.builds(
    Finding,
    rule=st.sampled_from(["unknown-action", "unknown-key"]),
    severity=st.sampled_from(Severity),
    message=st.text(max_size=3),
    params=st.fixed_dictionaries({"action": st.sampled_from(["a", "b"])}),
)
ENTRIES = FINDINGS.map(lambda finding: Known.of(finding, "a.json", None))


def most_that_can_be_known(findings: list[Finding], entries: list[Known]) -> int:
    """By trying every way in which entries can answer."""
    names = [(Known.of(finding, "a.json", None).fingerprint, finding.severity.rank) for finding in findings]
    padded: list[Known | None] = [*entries, *[None] * len(findings)]
    return max(
        sum(
            entry is not None and entry.fingerprint == name and entry.severity.rank <= rank
            for (name, rank), entry in zip(names, chosen, strict=True)
        )
        for chosen in set(permutations(padded, len(findings)))
    )


@given(st.lists(FINDINGS, max_size=3), st.lists(ENTRIES, max_size=3))
def test_as_many_are_known_as_can_be_and_no_more(findings: list[Finding], entries: list[Known]) -> None:
    settled = settle(findings, entries)
    assert len(settled.known) == most_that_can_be_known(findings, entries)
    assert len(settled.known) + len(settled.new) == len(findings)
    assert len(settled.known) + len(settled.left) == len(entries)


@given(st.lists(FINDINGS, max_size=8), st.data())
def test_of_what_was_recorded_nothing_is_new_and_each_entry_taken_away_makes_one_new(
    findings: list[Finding], data: st.DataObject
) -> None:
    entries = [Known.of(finding, "a.json", None) for finding in findings]
    settled = settle(findings, read_baseline(baseline_text(entries)))
    assert (settled.new, settled.left) == ((), ())
    if entries:
        entries.pop(data.draw(st.integers(0, len(entries) - 1)))
        assert len(settle(findings, entries).new) == 1
