"""Whose credentials are walked: an IAM user that the policies mean, and neighbours whom they do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from iamfa.arn import PARTITIONS, is_account_id, mfa_arn, pattern_fields, user_arn
from iamfa.policy.bundle import Bundle, PolicyLike, document_of
from iamfa.policy.document import Document, Statement

_ACCOUNT = "123456789012"
_NEUTRAL = "own-user"
_NEIGHBOUR = "neighbour"


@dataclass(frozen=True, slots=True)
class Subject:
    """One IAM user and those beside him, all of one account."""

    user_arn: str
    account: str
    partition: str
    name: str
    """The friendly name, which is what `${aws:username}` stands for."""
    path: str
    neighbour_arn: str
    """A user whose name has nothing to do with the subject's."""
    neighbour_with_prefix: str
    """The ARN of a user whose name begins with the subject's."""

    @classmethod
    def of(cls, name: str, *, account: str = _ACCOUNT, partition: str = "aws", path: str = "/") -> Subject:
        """The subject of this name; raises ArnError for a path that does not begin and end with a slash."""
        other = _NEIGHBOUR if name != _NEIGHBOUR else _NEUTRAL

        def arn(user: str) -> str:
            return str(user_arn(user, account, path=path, partition=partition))

        return cls(arn(name), account, partition, name, path, arn(other), arn(name + "by"))

    @property
    def device_prefix(self) -> str:
        """What the ARN of a virtual device of the account begins with; its name follows."""
        return str(mfa_arn("", self.account, partition=self.partition))

    def device_arn(self, name: str) -> str:
        """The ARN of a virtual device, which is its serial number too."""
        return self.device_prefix + name


def subject_for(
    policies: Bundle | PolicyLike | Iterable[PolicyLike],
    *,
    partition: str | None = None,
    account: str | None = None,
    path: str = "/",
) -> Subject:
    """Pick a user for whom the policies are meant.

    Partition and account are those of the ARNs that the policies write out, otherwise `aws` and 123456789012. The
    name is one that they write out where they grant only to users written out, otherwise a neutral one that occurs
    nowhere in them. A path other than `/` is taken as given.
    """
    documents = _documents(policies)
    texts = [text for document in documents for text in _texts(document)]
    patterns = [pattern_fields(text) for text in texts if text.startswith("arn:")]
    # The ARNs of users and devices count before those of what users work on, which may belong to others.
    patterns.sort(key=lambda fields: not fields[-1].startswith(("user/", "mfa/")))
    if partition is None:
        partition = next((f[1] for f in patterns if len(f) > 1 and f[1] in PARTITIONS), "aws")
    if account is None:
        accounts = [f[4] for f in patterns if len(f) > 4 and is_account_id(f[4])]
        accounts += [text for text in texts if is_account_id(text)]
        account = next(iter(accounts), _ACCOUNT)
    written = _written_out(documents)
    if written is None:
        return Subject.of(_neutral_name(texts), account=account, partition=partition, path=path)
    folder, _, name = written.rpartition("/")
    own_path = f"/{folder}/" if folder and path == "/" else path
    return Subject.of(name, account=account, partition=partition, path=own_path)


def _documents(policies: Bundle | PolicyLike | Iterable[PolicyLike]) -> tuple[Document, ...]:
    if isinstance(policies, Bundle):
        return tuple(layer.document for layer in policies.layers())
    if isinstance(policies, Iterable):
        return tuple(document_of(policy) for policy in policies)
    return (document_of(policies),)


def _texts(document: Document) -> Iterator[str]:
    """Every value in which an ARN, an account or a name may stand."""
    for statement in document.statements:
        if statement.resource is not None:
            yield from (value.text for value in statement.resource.values)
        if statement.principal is not None:
            yield from (entry.value.text for entry in statement.principal.values)
        for condition in statement.conditions:
            yield from (value.text for value in condition.values)


def _written_out(documents: Iterable[Document]) -> str | None:
    """Path and name of the first user to whom something is left, if all such users are written out."""
    found: list[str] = []
    for document in documents:
        for statement in document.statements:
            for text in _left_to(statement):
                fields = pattern_fields(text)
                if len(fields) != 6 or not fields[5].startswith("user/"):
                    continue
                name = fields[5].removeprefix("user/")
                if "*" in name or "?" in name or "${" in name or name.endswith("/") or not name:
                    return None
                found.append(name)
    return found[0] if found else None


def _left_to(statement: Statement) -> Iterator[str]:
    """The resources that an Allow grants, or that a Deny spares."""
    resource = statement.resource
    if resource is not None and resource.negated is (statement.effect == "Deny"):
        yield from (value.text for value in resource.values)


def _neutral_name(texts: list[str]) -> str:
    name, number = _NEUTRAL, 1
    while any(name in text for text in texts):
        number += 1
        name = f"{_NEUTRAL}-{number}"
    return name
