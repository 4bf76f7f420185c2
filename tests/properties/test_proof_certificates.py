"""Every proof of the search is accepted by the checker, which shares no code with it; changed ones are refused."""

from __future__ import annotations

from copy import deepcopy
from random import Random
from typing import Any

import pytest
from tests.conftest import SOAK
from tests.properties.small_policies import Maker

from iamfa import Bundle, Policy
from iamfa.proof.checker import CertificateError, verify
from iamfa.proof.compare import permits_more

CASES = 2_000 if SOAK else 60


@pytest.mark.parametrize("seed", range(8 if SOAK else 2))
def test_the_checker_accepts_every_proof_that_one_policy_permits_no_more_than_another(seed: int) -> None:
    random = Random(f"certificates{seed}")
    maker = Maker(random)
    proofs = 0
    while proofs < CASES:
        a = maker.policy()
        b = maker.rewritten(a) if random.random() < 0.5 else maker.wider(maker.rewritten(a))
        found = permits_more(Bundle([Policy.from_document(a)]), Bundle([Policy.from_document(b)]))
        if found.excluded and found.certificate is not None:
            proofs += 1
            claim = verify(found.certificate.as_json())
            assert claim.id == "implies"


def test_a_leaf_that_names_another_variable_is_refused_or_closes_as_well() -> None:
    """A tree with one leaf changed is refused, unless what it says happens to be so, too."""
    random = Random("changed certificates")
    maker = Maker(random, templates=False)
    refused = 0
    for _ in range(CASES * 2):
        a = maker.policy()
        found = permits_more(Bundle([Policy.from_document(a)]), Bundle([Policy.from_document(maker.wider(a))]))
        if not found.excluded or found.certificate is None:
            continue
        changed = deepcopy(found.certificate.as_json())
        leaves = [leaf for case in changed["cases"] for leaf in _leaves(case["tree"])]
        random.choice(leaves)["closed"] = random.choice(("action", "resource", "nothing", "key aws:sourceip"))
        try:
            verify(changed)
        except CertificateError:
            refused += 1
    assert refused > CASES // 4


def _leaves(tree: Any) -> list[Any]:
    pending, found = [tree], []
    while pending:
        node = pending.pop()
        if "closed" in node:
            found.append(node)
        else:
            pending.extend(node["parts"].values())
    return found
