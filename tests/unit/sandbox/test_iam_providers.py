"""Lists of what the sandbox cannot make: empty, and only for who may look."""

from __future__ import annotations

import pytest
from tests.unit.sandbox.direct import Direct

from iamfa.sandbox import model
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.apis import rows_of


@pytest.mark.parametrize(
    ("operation", "member", "makes"),
    [
        ("ListOpenIDConnectProviders", "OpenIDConnectProviderList", "CreateOpenIDConnectProvider"),
        ("ListSAMLProviders", "SAMLProviderList", "CreateSAMLProvider"),
        ("ListServerCertificates", "ServerCertificateMetadataList", "UploadServerCertificate"),
    ],
)
def test_the_list_is_empty_as_nothing_makes_one(operation: str, member: str, makes: str) -> None:
    box = Direct()
    assert box.call(operation)[member] == []
    assert model.operation("iam", makes) is not None
    assert makes not in rows_of("iam")
    box.user("nobody")
    with pytest.raises(ApiError) as caught:
        box.call(operation, by="nobody")
    assert caught.value.code == "AccessDenied"


def test_a_marker_of_nobody_is_refused() -> None:
    with pytest.raises(ApiError) as caught:
        Direct().call("ListServerCertificates", Marker="elsewhere")
    assert caught.value.code == "ValidationError"
