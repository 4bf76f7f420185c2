"""Judges, proves and repairs the AWS IAM policies that force users to use MFA, and runs a local IAM and STS.

This is the public face: what a library user imports. Names are loaded when they are first used, so that importing the
package reads nothing but this file.
"""

# Not from typing, which takes longer to load than a session that is kept takes to be given out.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from iamfa.advise.case import CheckOptions
    from iamfa.advise.check import check
    from iamfa.advise.explain import explain
    from iamfa.advise.explained import Explanation
    from iamfa.advise.finding import Finding, Report
    from iamfa.advise.repair import RepairResult, repair
    from iamfa.cli.boto3_session import boto3_session
    from iamfa.errors import IamfaError, PolicyError, RequestError
    from iamfa.evaluate.decide import Decider, decide
    from iamfa.evaluate.request import Request
    from iamfa.evaluate.verdict import Reason, Verdict
    from iamfa.platform import Assumptions
    from iamfa.policy.bundle import Bundle
    from iamfa.policy.policy import Policy
    from iamfa.proof import question as questions
    from iamfa.proof.answer import Proved, Refuted, Unknown, prove
    from iamfa.proof.compare import Change, compare
    from iamfa.sandbox.embedded import Sandbox

__version__ = "0.1.0"

_WHERE: "Final" = {
    "Assumptions": "iamfa.platform",
    "Bundle": "iamfa.policy.bundle",
    "Change": "iamfa.proof.compare",
    "CheckOptions": "iamfa.advise.case",
    "Decider": "iamfa.evaluate.decide",
    "Explanation": "iamfa.advise.explained",
    "Finding": "iamfa.advise.finding",
    "IamfaError": "iamfa.errors",
    "Policy": "iamfa.policy.policy",
    "PolicyError": "iamfa.errors",
    "Proved": "iamfa.proof.answer",
    "Reason": "iamfa.evaluate.verdict",
    "Refuted": "iamfa.proof.answer",
    "RepairResult": "iamfa.advise.repair",
    "Report": "iamfa.advise.finding",
    "Request": "iamfa.evaluate.request",
    "RequestError": "iamfa.errors",
    "Sandbox": "iamfa.sandbox.embedded",
    "Unknown": "iamfa.proof.answer",
    "Verdict": "iamfa.evaluate.verdict",
    "boto3_session": "iamfa.cli.boto3_session",
    "check": "iamfa.advise.check",
    "compare": "iamfa.proof.compare",
    "decide": "iamfa.evaluate.decide",
    "explain": "iamfa.advise.explain",
    "prove": "iamfa.proof.answer",
    "repair": "iamfa.advise.repair",
}
_MODULES: "Final" = {"questions": "iamfa.proof.question"}
"""Names that stand for a module: what is asked is written `iamfa.questions.without_mfa(...)`."""

__all__ = [
    "Assumptions",
    "Bundle",
    "Change",
    "CheckOptions",
    "Decider",
    "Explanation",
    "Finding",
    "IamfaError",
    "Policy",
    "PolicyError",
    "Proved",
    "Reason",
    "Refuted",
    "RepairResult",
    "Report",
    "Request",
    "RequestError",
    "Sandbox",
    "Unknown",
    "Verdict",
    "__version__",
    "boto3_session",
    "check",
    "compare",
    "decide",
    "explain",
    "prove",
    "questions",
    "repair",
]


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name in _MODULES:
        value: object = import_module(_MODULES[name])
    elif name in _WHERE:
        value = getattr(import_module(_WHERE[name]), name)
    else:
        raise AttributeError(f"module `iamfa` has no attribute `{name}`")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
