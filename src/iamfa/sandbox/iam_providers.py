"""IAM's lists of what no account in the sandbox can have: identity providers and server certificates.

The operations that would make them answer with 501, so that the lists are empty and true. AWS's pages: the API_… pages
of the IAM API Reference of the same names.
"""

from __future__ import annotations

from iamfa.sandbox.paging import page
from iamfa.sandbox.targets import anything
from iamfa.sandbox.work import Parameters, Result, Row, Work


def _openid_connect_providers(work: Work, parameters: Parameters) -> Result:
    return {"OpenIDConnectProviderList": []}


def _saml_providers(work: Work, parameters: Parameters) -> Result:
    return {"SAMLProviderList": []}


def _server_certificates(work: Work, parameters: Parameters) -> Result:
    """The one of the three that comes in pages, so that a marker of nobody's is refused here too."""
    none: list[str] = []
    found, rest = page(none, parameters, str)
    return {"ServerCertificateMetadataList": found, **rest}


OPERATIONS = (
    Row("ListOpenIDConnectProviders", _openid_connect_providers, anything),
    Row("ListSAMLProviders", _saml_providers, anything),
    Row("ListServerCertificates", _server_certificates, anything),
)
