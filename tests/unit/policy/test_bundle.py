"""All policies that bear on a principal, by kind."""

from __future__ import annotations

from iamfa.policy.bundle import Bundle, HoldsDocument, document_of
from iamfa.policy.policy import Policy

ONE, TWO, THREE = (
    Policy.from_document(
        {"Version": "2012-10-17", "Statement": [{"Sid": sid, "Effect": "Allow", "Action": "*", "Resource": "*"}]}
    )
    for sid in ("One", "Two", "Three")
)


def test_a_policy_and_its_document_stand_for_the_same() -> None:
    assert isinstance(ONE, HoldsDocument)
    assert document_of(ONE) is ONE.document
    assert document_of(ONE.document) is ONE.document


def test_lists_may_be_any_sequences_and_are_kept() -> None:
    policies = [ONE]
    bundle = Bundle(policies, scps=[[ONE], (TWO,)], session=[THREE])
    policies.append(TWO)
    assert bundle.identity == (ONE,)
    assert bundle.scps == ((ONE,), (TWO,))
    assert bundle.session == (THREE,)
    assert bundle.rcps is None


def test_no_session_policies_are_something_else_than_an_empty_list_of_them() -> None:
    assert Bundle().session is None
    assert Bundle(session=[]).session == ()
    assert Bundle() != Bundle(session=[])


def test_every_layer_has_a_name_by_which_reasons_call_it() -> None:
    bundle = Bundle([ONE, TWO], boundary=THREE, scps=[[ONE], [TWO, THREE]], rcps=[[ONE]], session=[TWO], resource=THREE)
    layers = [(layer.label, layer.document.statements[0].sid) for layer in bundle.layers()]
    assert layers == [
        ("identity[0]", "One"),
        ("identity[1]", "Two"),
        ("boundary", "Three"),
        ("scp[0][0]", "One"),
        ("scp[1][0]", "Two"),
        ("scp[1][1]", "Three"),
        ("rcp[0][0]", "One"),
        ("session[0]", "Two"),
        ("resource", "Three"),
    ]
    assert list(Bundle().layers()) == []


def test_more_identity_based_policies_leave_all_else_as_it_is() -> None:
    bundle = Bundle([ONE], TWO, [[ONE]], [[TWO]], [THREE], ONE, "111122223333")
    more = bundle.plus(TWO, THREE)
    assert more.identity == (ONE, TWO, THREE)
    assert bundle.identity == (ONE,)
    assert more == Bundle([ONE, TWO, THREE], TWO, [[ONE]], [[TWO]], [THREE], ONE, "111122223333")
