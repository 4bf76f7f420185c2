"""What AWS's own managed policies name although the Service Authorization Reference does not hold it (any more).

Services that AWS has shut down or renamed, and actions that it never listed or took off the list. That such a name is
missing from the catalogue says nothing about a policy that repeats it. (AWS managed policies, as of 2026-10.)
"""

from __future__ import annotations

from typing import Final

from iamfa.policy.glob import ascii_lower

_SERVICES: Final = frozenset(
    {
        "codestar", "deepcomposer", "deeplens", "deepracer", "elastic-inference", "evidently", "iot1click", "iotevents",
        "zocalo",
    }
)  # fmt: skip

_ACTIONS: Final = frozenset(
    ascii_lower(f"{service}:{name}")
    for service, names in {
        "cloud9": ("ValidateEnvironmentName",),
        "cloudhsm": (
            "CreateLunaClient", "DeleteLunaClient", "DescribeHapg", "DescribeLunaClient", "GetConfig", "ModifyHapg",
            "ModifyLunaClient",
        ),
        "memorydb": ("ReplicateMultiRegionClusterData",),
        "qapps": ("ImportDocumentToQApp", "ImportDocumentToQAppSession"),
        "route53-recovery-control-config": ("DescribeRoutingControlByName",),
        "sagemaker-unified-studio-mcp": ("CallPrivilegedTool", "CallReadOnlyTool", "InvokeMcp"),
        "securityagent": (
            "BatchGetAgentInstances", "BatchGetSecurityTestContentMetadata", "BatchGetTasks", "CreateDocumentReview",
            "DeleteDocumentReview", "GetCodeReviewTask", "GetDocReviewTask", "GetDocumentReview",
            "GetDocumentReviewArtifact", "ListAgentInstances", "ListControls", "ListDocumentReviewComments",
            "ListDocumentReviews", "ListTasks", "StartPentestExecution", "StopPentestExecution",
        ),
    }.items()
    for name in names
)  # fmt: skip

_KEYS: Final = frozenset({"aws:principalorgmasteraccountid", "lakeformation:gluearn"})


def is_retired_action(action: str) -> bool:
    """Whether AWS's own policies name the action, in any case of letters, though its reference does not."""
    lower = ascii_lower(action)
    return lower in _ACTIONS or lower.partition(":")[0] in _SERVICES


def is_retired_key(key: str) -> bool:
    """Whether AWS's own policies name the condition key though its reference does not."""
    lower = key.lower()
    return lower in _KEYS or lower.partition(":")[0] in _SERVICES
