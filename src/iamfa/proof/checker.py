"""The checker of proofs: small, slow, and with no code of the search that found them.

A certificate claims that no request satisfies a formula. The checker builds the formula from the documents and the
claim by itself, walks the certificate's tree, in which every "one of these" is taken apart into all of its parts, and
wants every leaf to name a variable about which what was gathered on the way contradicts itself. What it cannot decide
it refuses. The shape is that of docs/formats.md, "The certificate of a proof".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, NamedTuple

from iamfa.proof.checker_case import Case
from iamfa.proof.checker_claim import CertificateError, Question, combinations, fields, items, question_of, shown
from iamfa.proof.checker_formula import FALSE, And, Formula, Literal, Or
from iamfa.proof.checker_leaves import possible
from iamfa.proof.checker_texts import TooManyStates

VERSION: Final = 1

_MOST_NODES: Final = 300_000
_MOST_DEPTH: Final = 1_000
_MOST_CASES: Final = 4_096


@dataclass(frozen=True, slots=True)
class CoveredCase:
    """A case of a claim that was checked."""

    principal: str | None
    """The ARN of the user; None where documents are judged by themselves."""
    credential: str | None
    valued: Mapping[str, bool]
    """For each key that stands as a variable: whether it has a value in this case."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a certificate has shown."""

    id: str
    words: str
    cases: tuple[CoveredCase, ...]


def verify(certificate: Mapping[str, object]) -> Claim:
    """Check a certificate and return what it proves.

    Raises CertificateError, with the field or the place in the tree, for whatever is not proved by it.
    """
    if not isinstance(certificate, Mapping):
        raise CertificateError("the certificate is no object")
    for name in ("version", "claim", "a", "cases"):
        if name not in certificate:
            raise CertificateError(f"the certificate has no field `{name}`")
    version = certificate["version"]
    if not isinstance(version, int) or isinstance(version, bool) or version != VERSION:
        raise CertificateError(f"`version` is not {VERSION}", hint="the certificate was written by another version")
    question = question_of(certificate["claim"], certificate["a"], certificate.get("b"))
    trees = _cases(question, certificate["cases"])
    budget = _Budget(_MOST_NODES)
    for where, case, tree in trees:
        _Walk(where, case, budget).check(question.formula(case), tree)
    covered = tuple(
        CoveredCase(
            None if case.principal is None else case.principal.text,
            case.credential,
            MappingProxyType(dict(case.valued)),
        )
        for _, case, _ in trees
    )
    return Claim(question.id, question.words, covered)


# Cases


class _Tree(NamedTuple):
    where: str
    case: Case
    tree: object


def _cases(question: Question, value: object) -> list[_Tree]:
    """The cases of the certificate: exactly those that the claim needs, each once."""
    listed = items(value, "cases")
    if len(listed) > _MOST_CASES:
        raise CertificateError(f"`cases` has more than {_MOST_CASES:,} entries and cannot be checked")
    read = [_case(question, each, f"cases[{number}]") for number, each in enumerate(listed)]
    keys = question.variables().union(*(case.valued for _, case, _ in read))
    needed = {(case.credential, each) for case in question.cases for each in combinations(case, keys)}
    found: list[_Tree] = []
    met: set[tuple[str | None, tuple[tuple[str, bool], ...]]] = set()
    for where, case, tree in read:
        whole = _completed(where, case, keys)
        name = (whole.credential, tuple(sorted(whole.valued.items())))
        if name not in needed:
            raise CertificateError(f"`{where}` is no case of the claim")
        if name in met:
            raise CertificateError(f"`{where}` is there twice")
        met.add(name)
        found.append(_Tree(where, whole, tree))
    for credential, each in sorted(needed - met, key=str):
        raise CertificateError(f"`cases` lacks the one for {credential} with {dict(each)}")
    return found


def _case(question: Question, value: object, where: str) -> _Tree:
    found = fields(value, where, ("principal", "credential", "tree"), ("valued",))
    credential = found["credential"]
    case = next((case for case in question.cases if case.credential == credential), None)
    if case is None:
        raise CertificateError(f"`{where}.credential` is none that the claim is about: `{shown(credential)}`")
    principal = None if case.principal is None else case.principal.text
    if found["principal"] != principal:
        raise CertificateError(f"`{where}.principal` is not `{principal}`")
    valued = found.get("valued", {})
    if not isinstance(valued, Mapping) or not all(
        isinstance(key, str) and key == key.lower() and isinstance(answer, bool) for key, answer in valued.items()
    ):
        raise CertificateError(f"`{where}.valued` is no object of keys in lower case with true or false")
    return _Tree(where, replace(case, valued=dict(valued)), found["tree"])


def _completed(where: str, case: Case, keys: frozenset[str]) -> Case:
    """The case with an answer for every key; one that has only one possible answer need not be told."""
    valued: dict[str, bool] = {}
    for key in sorted(keys):
        answers = case.can_be_valued(key)
        told = case.valued.get(key)
        if told is None and len(answers) == 1:
            (told,) = answers
        if told is None:
            raise CertificateError(f"`{where}.valued` does not say whether `{shown(key)}` has a value")
        if told not in answers:
            raise CertificateError(f"`{where}.valued` cannot have `{shown(key)}` as {str(told).lower()}")
        valued[key] = told
    return replace(case, valued=MappingProxyType(valued))


# Trees


@dataclass(slots=True)
class _Budget:
    """How many nodes may still be walked."""

    left: int

    def spend(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise CertificateError(f"the certificate has more than {_MOST_NODES:,} nodes and cannot be checked")


class _Path(NamedTuple):
    """What is gathered on the way from the root to a node."""

    literals: frozenset[Literal] = frozenset()
    open: tuple[Or, ...] = ()
    """What has been reached and not been taken apart."""
    refuted: bool = False
    """Whether something that must hold is false by its build."""

    def entering(self, formula: Formula) -> _Path:
        """The path with one more formula that must hold."""
        literals, waiting, refuted = set(self.literals), list(self.open), self.refuted
        todo = [formula]
        while todo:
            each = todo.pop()
            if isinstance(each, And):
                todo.extend(each.all_of)
            elif not isinstance(each, Or):
                literals.add(each)
            elif each == FALSE:
                refuted = True
            elif len(each.parts) == 1:
                todo.append(each.parts[0][1])
            else:
                waiting.append(each)
        return _Path(frozenset(literals), tuple(waiting), refuted)

    def without(self, chosen: Or) -> _Path:
        """The path with an Or taken apart."""
        return self._replace(open=tuple(each for each in self.open if each is not chosen))


class _Node(NamedTuple):
    value: object
    path: _Path
    trail: tuple[str, ...]


class _Walk:
    """The walk through the tree of one case."""

    def __init__(self, where: str, case: Case, budget: _Budget) -> None:
        self._where = where
        self._case = case
        self._budget = budget
        self._closed: set[tuple[str, frozenset[Literal]]] = set()

    def check(self, formula: Formula, tree: object) -> None:
        """Refuse the tree unless it refutes the formula."""
        waiting = [_Node(tree, _Path().entering(formula), ())]
        while waiting:
            node = waiting.pop()
            self._budget.spend()
            if len(node.trail) > _MOST_DEPTH:
                raise self._error(node, f"the tree is deeper than {_MOST_DEPTH:,} splits and cannot be checked")
            waiting.extend(self._inner(node))

    def _inner(self, node: _Node) -> Iterator[_Node]:
        value = node.value
        if not isinstance(value, Mapping):
            raise self._error(node, "a node is no object")
        if set(value) == {"closed"}:
            self._leaf(node, value["closed"])
            return
        if set(value) != {"split", "parts"}:
            raise self._error(node, "a node has neither `closed` alone nor `split` with `parts`")
        label, parts = value["split"], value["parts"]
        chosen = next((each for each in node.path.open if each.label == label), None)
        if chosen is None:
            raise self._error(node, f"`{shown(label)}` is nothing that can be split here")
        if not isinstance(parts, Mapping):
            raise self._error(node, "`parts` is no object")
        names = {name for name, _ in chosen.parts}
        for name in sorted(names - set(parts)):
            raise self._error(node, f"the split of `{chosen.label}` lacks the part `{name}`")
        for name in parts:
            if name not in names:
                raise self._error(node, f"`{chosen.label}` has no part `{shown(name)}`")
        rest = node.path.without(chosen)
        for name, part in chosen.parts:
            yield _Node(parts[name], rest.entering(part), (*node.trail, f"{label}={name}"))

    def _leaf(self, node: _Node, variable: object) -> None:
        if not isinstance(variable, str):
            raise self._error(node, "`closed` is no text")
        if node.path.refuted:
            return
        literals = frozenset(each for each in node.path.literals if each.variable == variable)
        if not literals:
            raise self._error(node, f"nothing is asked of `{shown(variable)}` here")
        if (variable, literals) in self._closed:
            return
        try:
            open_ = possible(variable, literals, self._case)
        except TooManyStates as error:
            raise self._error(node, f"`{variable}` cannot be checked: {error.message}") from error
        if open_:
            raise self._error(node, f"`{variable}` is closed here, and may still have a value")
        self._closed.add((variable, literals))

    def _error(self, node: _Node, message: str) -> CertificateError:
        trail = " / ".join(node.trail) or "the root"
        return CertificateError(f"`{self._where}`, at {trail}: {message}", hint="the proof does not hold there")
