"""Is there a request that satisfies the formula? A lazy search that either finds one or closes every branch.

At each node every variable is solved by itself under the literals gathered so far. If one of them has no value the
branch is closed. Otherwise the values make a request, on which all Ors that wait are asked; where they are satisfied
it is the answer, and only where one is not does the search branch, over its parts. Each branch asserts more, and there
are finitely many parts, so it ends. Closed branches make the tree that a certificate carries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from iamfa.proof.alphabet import ANY_ACTION, ANY_TEXT
from iamfa.proof.formula import ACTION, RESOURCE, And, Formula, Literal, Or, Texts, is_false, key_variable, value_of
from iamfa.proof.key_values import ABSENT, KeyValue, Value, solve_key
from iamfa.proof.language import Empty, Found, Unknown
from iamfa.proof.pattern import ACTION_FORM, Pattern
from iamfa.proof.situation import Situation
from iamfa.proof.texts import find_text

NODES = 20_000
"""How many nodes a search may make before it ends without an answer."""

DEEPEST = 250
"""How many branches may lie inside each other, so that a certificate can be read by any reader of JSON."""

Tree = Mapping[str, object]
"""A closed branch as a certificate has it (docs/formats.md)."""


@dataclass(frozen=True, slots=True)
class Closed:
    """No request satisfies the formula."""

    tree: Tree


@dataclass(frozen=True, slots=True)
class Witness:
    """A request that satisfies it."""

    action: str
    """In lower case."""
    resource: str
    keys: Mapping[str, KeyValue]
    """The keys that it carries, in lower case."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """Nothing was found and not everything was closed."""

    reason: str


Outcome = Closed | Witness | Stuck

Solved = dict[tuple[str, tuple[Literal, ...]], "KeyValue | Empty | Unknown"]
"""What was found for a variable under these literals."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a witness carries where it may, the best first."""

    actions: Sequence[str] = ()
    """In lower case."""
    resources: Sequence[str] = ()


@dataclass(slots=True)
class _Branch:
    """What was asserted on the way to a node."""

    literals: dict[str, tuple[Literal, ...]]
    waiting: tuple[Or, ...]

    def plus(self, formula: Formula) -> _Branch:
        """The branch with one formula more: of an And everything, an Or waits."""
        literals, waiting = dict(self.literals), list(self.waiting)
        pending = [formula]
        while pending:
            each = pending.pop()
            if isinstance(each, Literal):
                literals[each.variable] = (*literals.get(each.variable, ()), each)
            elif isinstance(each, And):
                pending.extend(part for _, part in reversed(each.parts))
            else:
                waiting.append(each)
        return _Branch(literals, tuple(waiting))


@dataclass(slots=True)
class _Split:
    """A node whose parts are looked at one after the other."""

    label: str
    rest: list[tuple[str, _Branch]]
    parts: dict[str, Tree] = field(default_factory=dict)
    name: str = ""
    """The part that is looked at now."""


class Search:
    """One formula in one case."""

    def __init__(
        self,
        formula: Formula,
        situation: Situation,
        *,
        possible: bool,
        prefer: Preferences = Preferences(),
        nodes: int = NODES,
        texts: Solved | None = None,
    ) -> None:
        self._formula = formula
        self._situation = situation
        self._possible = possible
        self._prefer = prefer
        self._left = nodes
        self._solved: Solved = {}
        self._texts: Solved = {} if texts is None else texts
        self._stuck: str | None = None

    def run(self) -> Outcome:
        """Find a request, or close every branch."""
        if is_false(self._formula):
            return Closed({"closed": "nothing"})
        stack: list[_Split] = []
        found = self._node(_Branch({}, ()).plus(self._formula))
        while True:
            if isinstance(found, Witness):
                return found
            if isinstance(found, _Split):
                if len(stack) >= DEEPEST:
                    return Stuck(f"more than {DEEPEST} cases lie inside each other")
                stack.append(found)
            else:
                # Closed, or open for a reason that is kept; then the other branches may still hold a request.
                while stack:
                    split = stack[-1]
                    split.parts[split.name] = found if found is not None else {}
                    if split.rest:
                        break
                    stack.pop()
                    found = {"split": split.label, "parts": split.parts}
                else:
                    if self._stuck is not None:
                        return Stuck(self._stuck)
                    return Closed(found if found is not None else {})
            split = stack[-1]
            split.name, branch = split.rest.pop(0)
            self._left -= 1
            if self._left < 0:
                return Stuck("the search made as many nodes as it may")
            found = self._node(branch)

    def _node(self, branch: _Branch) -> Witness | _Split | Tree | None:
        """A request, a node to split, a closed leaf, or None for one that cannot be decided."""
        for variable in branch.literals:
            answer = self._solve(variable, branch)
            if isinstance(answer, Empty):
                return {"closed": variable}
            if isinstance(answer, Unknown):
                self._stuck = str(answer)
                return None
        made = self._assembled(branch)
        # INVARIANT: an Or that holds only if AWS does what it does not document is split, so that in the end every
        # such literal is asserted, and with it that it is the same wherever it stands.
        open_ors = [
            each for each in branch.waiting if value_of(each, made.action, made.resource, made.keys) is not True
        ]
        if not open_ors:
            if all(self._satisfied(each, made) for literals in branch.literals.values() for each in literals):
                return made
            self._stuck = "a policy variable ties two parts of the request together in a way that is not decided"
            return None
        return self._split(branch, open_ors)

    def _split(self, branch: _Branch, ors: Sequence[Or]) -> _Split:
        """Branch over the Or with the fewest parts that are not closed at once."""
        best: tuple[int, Or] | None = None
        for each in ors:
            still_open = sum(not self._closes(branch, part) for _, part in each.parts)
            if best is None or still_open < best[0]:
                best = still_open, each
            if still_open <= 1:
                break
        assert best is not None
        chosen = best[1]
        rest = _Branch(branch.literals, tuple(each for each in branch.waiting if each is not chosen))
        return _Split(chosen.label, [(name, rest.plus(part)) for name, part in chosen.parts])

    def _closes(self, branch: _Branch, part: Formula) -> bool:
        """Whether a literal closes its branch at once."""
        if isinstance(part, Or):
            return False
        for literal in (part,) if isinstance(part, Literal) else (p for _, p in part.parts if isinstance(p, Literal)):
            known = (*branch.literals.get(literal.variable, ()), literal)
            if isinstance(self._value(literal.variable, known), Empty):
                return True
        return False

    def _satisfied(self, literal: Literal, made: Witness) -> bool:
        answer = literal.holds(made.action, made.resource, made.keys)
        return answer is True or (answer is None and self._possible)

    def _solve(self, variable: str, branch: _Branch) -> KeyValue | Empty | Unknown:
        return self._value(variable, branch.literals.get(variable, ()))

    def _value(self, variable: str, literals: Sequence[Literal]) -> KeyValue | Empty | Unknown:
        known = (variable, tuple(literals))
        solved = self._texts if variable in (ACTION, RESOURCE) else self._solved
        if known not in solved:
            solved[known] = self._computed(variable, literals)
        return solved[known]

    def _computed(self, variable: str, literals: Sequence[Literal]) -> KeyValue | Empty | Unknown:
        if variable not in (ACTION, RESOURCE):
            found = solve_key(variable.removeprefix("key "), literals, self._situation, possible=self._possible)
            return found.value if isinstance(found, Value) else found
        groups: list[Sequence[Pattern]] = []
        outside: list[Pattern] = []
        for literal in literals:
            assert isinstance(literal.asks, Texts)
            if literal.must:
                groups.append(literal.asks.patterns)
            else:
                outside += literal.asks.patterns
        if variable == ACTION:
            answer = find_text([*groups, (ACTION_FORM,)], outside, alphabet=ANY_ACTION, prefer=self._prefer.actions)
        else:
            letters = "".join(self._situation.letters.values())
            answer = find_text(groups, outside, alphabet=ANY_TEXT, letters=letters, prefer=self._prefer.resources)
        return answer.witness if isinstance(answer, Found) else answer

    def _assembled(self, branch: _Branch) -> Witness:
        """The values of all variables as one request, letters filled in."""
        situation = self._situation
        keys: dict[str, KeyValue] = {}
        wanted = {v.removeprefix("key ") for v in branch.literals if v not in (ACTION, RESOURCE)}
        wanted |= {key for key, domain in situation.domains.items() if not domain.absent}
        wanted |= {key for key, has in situation.valued.items() if has}
        for key in wanted:
            value = self._solve(key_variable(key), branch)
            if not isinstance(value, (Empty, Unknown)) and value != ABSENT:
                keys[key] = value
        filled = {letter: keys.get(key) for key, letter in situation.letters.items() if situation.valued.get(key)}
        known = {ord(letter): value for letter, value in filled.items() if isinstance(value, str)}

        def told(value: KeyValue) -> KeyValue:
            return value.translate(known) if isinstance(value, str) else tuple(v.translate(known) for v in value)

        texts = [self._solve(variable, branch) for variable in (ACTION, RESOURCE)]
        action, resource = (value if isinstance(value, str) else "" for value in texts)
        return Witness(action, resource.translate(known), {key: told(value) for key, value in keys.items()})


_LOOK_AT = 6
"""How many Ors are compared before one is split."""


def search(
    formula: Formula,
    situation: Situation,
    *,
    possible: bool,
    prefer: Preferences | None = None,
    texts: Solved | None = None,
) -> Outcome:
    """Whether a request of this case satisfies the formula.

    *texts* is a memory that the caller keeps between cases that share the formula and its preferences.
    """
    return Search(formula, situation, possible=possible, prefer=prefer or Preferences(), texts=texts).run()
