"""IAM's operations on the account's alias, which stands for its number in the address of the sign-in page.

AWS's pages: API_CreateAccountAlias and its like; the form of an alias stands in reference_iam-quotas.
"""

from __future__ import annotations

from iamfa.arn import is_account_id
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.paging import page
from iamfa.sandbox.refusals import validation_error
from iamfa.sandbox.targets import anything
from iamfa.sandbox.work import Parameters, Result, Row, Work


def _create_account_alias(work: Work, parameters: Parameters) -> None:
    """An account has one alias: a new one takes the place of the old one. Nobody else may have it, in all of AWS.

    AWS was seen to refuse the alias that the account has already, too. Its words for twelve digits are not known.
    """
    alias = parameters["AccountAlias"]
    if is_account_id(alias):
        raise validation_error("The account alias cannot be a 12-digit number.")
    if any(account.alias == alias for account in work.state.accounts.values()):
        raise ApiError("EntityAlreadyExists", f"The account alias {alias} already exists.", 409)
    work.account.alias = alias


def _delete_account_alias(work: Work, parameters: Parameters) -> None:
    """Only the account's own alias can be deleted; AWS's words for another are not known."""
    alias = parameters["AccountAlias"]
    if work.account.alias != alias:
        raise ApiError("NoSuchEntity", f"The account alias {alias} cannot be found.", 404)
    work.account.alias = None


def _list_account_aliases(work: Work, parameters: Parameters) -> Result:
    alias = work.seen.alias
    found, rest = page([] if alias is None else [alias], parameters, str)
    return {"AccountAliases": found, **rest}


OPERATIONS = (
    Row("CreateAccountAlias", _create_account_alias, anything),
    Row("DeleteAccountAlias", _delete_account_alias, anything),
    Row("ListAccountAliases", _list_account_aliases, anything),
)
