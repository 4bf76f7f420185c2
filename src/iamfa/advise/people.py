"""For whom a file is meant: the subject, or where its Denies name some users only, one of those."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from iamfa.advise.actions import UNHEARD_OF
from iamfa.advise.options import bundle_of
from iamfa.advise.situation import MFA_KEYS
from iamfa.evaluate.credential import WITH_MFA, WITHOUT_MFA
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.request import Request
from iamfa.lifecycle.subject import Subject, subject_for
from iamfa.policy.document import Document, Element, Kind, Value
from iamfa.policy.operators import parse_operator


def subjects_for(documents: Iterable[Document], partition: str | None) -> Iterator[Subject]:
    """The neutral subject first; then users whom a condition of a statement that asks for MFA names by ARN or name."""
    documents = tuple(documents)
    neutral = subject_for(documents, partition=partition)
    yield neutral
    for document in documents:
        for statement in document.statements:
            if not any(c.key.text.lower() in MFA_KEYS for c in statement.conditions):
                continue
            for entry in statement.principal.values if statement.principal and not statement.principal.negated else ():
                fields = entry.value.text.split(":", 5)
                if len(fields) == 6 and fields[5].startswith("user/"):
                    folder, _, name = fields[5].removeprefix("user/").rpartition("/")
                    path = f"/{folder}/" if folder else "/"
                    yield Subject.of(name, account=fields[4], partition=fields[1], path=path)
            for condition in statement.conditions:
                key = condition.key.text.lower()
                if parse_operator(condition.operator.text).operator.negated:
                    continue
                for value in condition.values:
                    resource = value.text.split(":", 5)[-1] if key == "aws:principalarn" else "user/" + value.text
                    if key in ("aws:principalarn", "aws:username") and resource.startswith("user/"):
                        folder, _, name = resource.removeprefix("user/").rpartition("/")
                        path = f"/{_plain(folder)}/" if folder else "/"
                        yield Subject.of(
                            neutral.name if name == "*" else _plain(name), account=neutral.account,
                            partition=neutral.partition, path=path,
                        )  # fmt: skip


def bears_on(document: Document, kind: Kind, subject: Subject, context: Mapping[str, str]) -> bool:
    """Whether some statement bears on this user, whatever he asks for and holds: apart from action and resource."""
    action, resource = (Element(name, (Value("*"),)) for name in ("Action", "Resource"))
    statements = tuple(replace(s, action=action, resource=resource) for s in document.statements)
    attached = kind if kind in (Kind.RESOURCE, Kind.TRUST) else Kind.IDENTITY
    decider = Decider(bundle_of(attached, Document(statements, document.version), (), subject.account))
    asked = (
        Request.by_user(subject.user_arn, UNHEARD_OF, "*", credential=c, context=context)
        for c in (*WITHOUT_MFA, *WITH_MFA)
    )
    return any(decider.decide(request).decision != "implicit_deny" for request in asked)


def _plain(pattern: str) -> str:
    return pattern.replace("*", "x").replace("?", "x")
