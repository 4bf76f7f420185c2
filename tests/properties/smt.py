"""What one policy permits and another does not, in SMT-LIB, put to cvc5 where it is installed."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any

Json = dict[str, Any]


class Answered(Enum):
    """What cvc5 says of there being such a request."""

    NONE = "unsat"
    SOME = "sat"
    NOTHING = "unknown"


NEGATIVE = frozenset({"StringNotEquals", "StringNotLike", "NumericNotEquals"})
_COMPARE = {"Equals": "=", "NotEquals": "=", "LessThan": "<", "LessThanEquals": "<=", "GreaterThan": ">",
            "GreaterThanEquals": ">="}  # fmt: skip


def excludes(more: Json, less: Json, limit: int) -> Answered:
    """Whether cvc5 shows that *more* permits nothing that *less* does not; *limit* are milliseconds."""
    import cvc5

    solver = cvc5.Solver()
    solver.setOption("tlimit-per", str(limit))
    solver.setOption("strings-exp", "true")
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, difference(more, less), "difference")
    symbols = parser.getSymbolManager()
    while not (command := parser.nextCommand()).isNull():
        command.invoke(solver, symbols)
    answer = solver.checkSat()
    return Answered.NONE if answer.isUnsat() else Answered.SOME if answer.isSat() else Answered.NOTHING


def difference(more: Json, less: Json) -> str:
    """That a request is permitted by the one policy and not by the other."""
    keys: dict[str, str] = {}
    formula = f"(and {_permits(more, keys)} (not {_permits(less, keys)}))"
    lines = ["(set-logic ALL)", "(declare-const action String)", "(declare-const resource String)"]
    part = '(re.+ (re.diff re.allchar (str.to_re ":")))'
    lines.append(f'(assert (str.in_re action (re.++ {part} (str.to_re ":") {part})))')
    lines.append('(assert (not (= resource "")))')
    for name, sort in sorted(keys.items()):
        lines += [f"(declare-const |{name}| {sort})", f"(declare-const |has {name}| Bool)"]
    return "\n".join([*lines, f"(assert {formula})"])


def _all(parts: Iterable[str]) -> str:
    return "(and true " + " ".join(parts) + ")"


def _any(parts: Iterable[str]) -> str:
    return "(or false " + " ".join(parts) + ")"


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _permits(policy: Json, keys: dict[str, str]) -> str:
    fits = [(each["Effect"], _fits(each, keys)) for each in policy["Statement"]]
    allowed = _any(text for effect, text in fits if effect == "Allow")
    return f"(and {allowed} (not {_any(text for effect, text in fits if effect == 'Deny')}))"


def _fits(statement: Json, keys: dict[str, str]) -> str:
    parts = []
    for element, variable in (("Action", "action"), ("Resource", "resource")):
        for name in (element, "Not" + element):
            if name in statement:
                texts = _listed(statement[name])
                texts = [each.lower() for each in texts] if element == "Action" else texts
                found = _any(f"(str.in_re {variable} {glob(each)})" for each in texts)
                parts.append(found if name == element else f"(not {found})")
    for operator, asked in statement.get("Condition", {}).items():
        for key, values in asked.items():
            parts.append(_holds(operator, key.lower(), _listed(values), keys))
    return _all(parts)


def glob(text: str) -> str:
    """The pattern as a regular expression."""
    wild = {"*": "re.all", "?": "re.allchar"}
    return '(re.++ (str.to_re "") (str.to_re "") ' + " ".join(wild.get(c, f'(str.to_re "{c}")') for c in text) + ")"


def _holds(operator: str, key: str, values: list[str], keys: dict[str, str]) -> str:
    base = operator.removesuffix("IfExists")
    has, value = f"|has {key}|", f"|{key}|"
    sorts = {"aws:multifactorauthpresent": "Bool", "aws:multifactorauthage": "Real"}
    keys[key] = sorts.get(key, "String")
    if base == "Null":
        return _any(f"(not {has})" if each == "true" else has for each in values)
    if base == "Bool":
        found = _any(value if each == "true" else f"(not {value})" for each in values)
    elif base.startswith("Numeric"):
        compare = _COMPARE[base.removeprefix("Numeric")]
        found = _any(f"({compare} {value} {float(each)})" for each in values)
    elif base.endswith("Like"):
        found = _any(f"(str.in_re {value} {glob(each)})" for each in values)
    else:
        found = _any(f'(= {value} "{each}")' for each in values)
    found = f"(not {found})" if base in NEGATIVE else found
    absent = "true" if base in NEGATIVE or operator != base else "false"
    return f"(ite {has} {found} {absent})"
