"""A plain slow evaluator: the second opinion on every decision of the main one.

It shares no code with the package under test and was written separately from the same AWS pages, one rule after
the other and without regard for speed. `decide` takes a whole input line of `can --batch` as a dict and returns
its decision; `matches` takes a line of `match --batch`. Page names below are those of the IAM User Guide.

Open readings
-------------
Where AWS's pages are silent or contradict each other, this evaluator reads:

Values and operators
 1. A multivalued key (a list) without a set operator matches nothing, also under a negated operator and with
    IfExists. "Require a condition set operator" is all that the pages say.
 2. ForAnyValue with IfExists on an absent key holds ("evaluate the condition element as true"), although ForAnyValue
    alone is false there.
 3. ForAllValues with a negated operator holds on an absent key, also for aws:ResourceOrgPaths, whose table on the
    operators page says "No match" against the general rule.
 4. An empty string is an empty value ("a null dataset, such as an empty string"): ForAllValues holds on it and Null
    finds it null. For every other operator, and as a policy variable, it is a value like any other.
 5. Null with other text than true or false reads it as false, like Bool. ForAllValues:Null always holds,
    ForAnyValue:Null never (access-analyzer-reference-policy-checks).
 6. A policy variable in Bool is refused like one in Numeric, Date, Binary, IpAddress and Null (variables page, access
    analyzer), although the operators page calls it supported.
 7. A number, date or address that cannot be read, in the policy or in the request, satisfies neither the operator nor
    its negation. Measured on AWS only for NumericNotEquals and the request. Values of one entry do not spoil others
    under a positive operator; under a negated one they do.
 8. ArnNotLike is the plain negation of ArnLike, so it holds on a value that is no ARN. A pattern that is not of six
    fields, `*` included, is like no ARN. The sixth field is all the rest, colons included.
 9. In ARN conditions a variable may stand anywhere, and its value may hold several fields.
10. An IPv6 address without prefix is one address: the page gives /32 without saying for which version.
11. Numbers have no exponent. Four digits are a year, other digits an epoch time in seconds; a time of day needs a
    zone. Dates compare as instants.
12. Operator names are case-sensitive; an unknown one is an error.
13. A positive operator on an empty list of values does not hold, a negated one does; an empty condition block holds.

Patterns
14. `*` in a Resource may cross colons wherever it stands; the page says so of one that ends a segment.
15. An ARN of fewer than six fields is completed with `*` in every kind of policy; in a session policy it is an error.
16. A variable before the fifth colon of a Resource is literal text. A malformed variable is an error.
17. A multivalued key as a variable has no value, and a default does not stand in for it.
18. An empty Action, NotAction, Resource, NotResource or principal list makes a statement without effect.
19. `*:*` is not an action (no wildcards in the service part); a wildcard in the service field of a Resource is.

Principals
20. NotPrincipal spares the caller only if he himself is listed (his session's ARN, not his role's; his account's ARN
    alone spares the root user only), after the page's examples. Where he is listed and his account or role is not,
    AWS "might" deny: `unknown`, where it would otherwise be allowed. NotPrincipal with Allow, or in a trust policy,
    is an error ("not supported").
21. `"AWS": "*"` is `"*"` for services and providers too.
22. A role ARN is a session of unknown name: where a grant to one session's ARN, or a Deny on it, decides between
    allowed and denied, the decision is `unknown`. Likewise for canonical user IDs, which no line tells, and for the
    users who may have federated a federated user.
23. The user who federated `federated-user/NAME` is the user of that name, where the policy names one.
24. A grant to `"*"` in the same account is direct (not limited by boundary or session policy), with or without
    aws:PrincipalArn; a grant to the federating user without any session policy gives nothing.
25. A session's role is service-linked only if aws:PrincipalArn in the context shows the path /aws-service-role/.
26. Bare names that end in .amazonaws.com, .amazonaws.com.cn or .aws.internal are services, except the built-in
    cognito-identity.amazonaws.com; other names with a dot are providers.

Policies
27. The root user needs the key policy for a KMS key and the trust policy for a role, as everybody (key-policies).
28. A KMS key or a role without a resource policy in the line grants nothing.
29. RCPs are heeded for the services on AWS's list of today only. They and SCPs do not bind service-linked roles; SCPs
    do not bind services, providers and anonymous callers.
30. `session_policies: []` allows nothing; `scps: []` is no level at all.
31. Without `resource_account` the account in the resource's ARN counts; without that it is the caller's own.
32. A caller of one partition gets nothing in another.
33. A resource policy statement without Resource is an error, in a key policy without effect, in a trust policy
    required. Policies given to a caller who cannot have any (anonymous, service, root) still deny.
"""

from tests.reference.evaluator import decide, matches
from tests.reference.matching import InvalidLine

__all__ = ["InvalidLine", "decide", "matches"]
