"""Whatever AWS's wording says of a request is read back from it."""

from __future__ import annotations

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from iamfa.errors import IamfaError
from iamfa.evaluate.decide import decide
from iamfa.evaluate.denial import Denial, DenialError, DenialLayer, message, parse
from iamfa.evaluate.request import Request
from iamfa.evaluate.verdict import Verdict
from iamfa.policy.bundle import Bundle
from iamfa.policy.policy import Policy

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
NAMES = st.text(alphabet=LETTERS + "+=,.@_-", min_size=1, max_size=20)
ACTIONS = st.builds("{}:{}".format, st.sampled_from(["iam", "sts", "s3", "aws-portal"]), st.text(LETTERS, min_size=1))
# What a resource may hold, the words of messages among it; white space at the ends is no part of an ARN.
TAILS = st.lists(
    st.sampled_from(
        [
            "/", "*", ":", "a", "Z", "_", "-", ".", "with an explicit deny", " in a session policy", " because no ",
            "on resource: ", " action", "User: ", "identity-based policy allows the",
        ]
    ),
    max_size=8,
).map(lambda parts: "".join(parts).strip())  # fmt: skip


def verdict(name: str, action: str, resource: str, layer: str, effect: str) -> Verdict:
    other = Policy.from_document(
        {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": "x:Y", "Resource": "*"}]}
    )
    denies = Policy.from_document(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
    )
    allows = Policy.from_document(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    )
    decides = denies if effect == "Deny" else other
    identity = [decides] if layer == "identity" else [allows]
    bundle = Bundle(
        identity,
        boundary=decides if layer == "boundary" else None,
        scps=[[allows, decides] if effect == "Deny" else [decides]] if layer == "scp" else None,
        session=[decides] if layer == "session" else None,
    )
    return decide(Request(action, resource, principal=f"arn:aws:iam::123456789012:user/{name}"), bundle)


@given(
    NAMES,
    ACTIONS.filter(lambda a: not a.lower().startswith("sts:getcalleridentity")),
    TAILS,
    st.sampled_from(["identity", "boundary", "scp", "session"]),
    st.sampled_from(["Allow", "Deny"]),
    st.none() | NAMES,
)
def test_what_was_said_is_read_back(
    name: str, action: str, tail: str, layer: DenialLayer, effect: str, policy: str | None
) -> None:
    resource = "arn:aws:s3:::bucket" + tail
    arn = f"arn:aws:iam::123456789012:policy/{policy}" if policy and effect == "Deny" else None
    denied = verdict(name, action, resource, layer, effect)
    said = message(denied, policy_arn=arn)
    kind = "explicit" if effect == "Deny" else "implicit"
    user = f"arn:aws:iam::123456789012:user/{name}"
    assert parse(said) == Denial(user, action, resource, kind, layer, arn)
    assert layer in get_args(DenialLayer)


@given(st.text(alphabet=st.sampled_from(list("User: arn is not authorized to perform: x:Y. ")), max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        denial = parse(text)
    except DenialError as error:
        assert isinstance(error, IamfaError)
    else:
        assert denial.action and denial.principal
