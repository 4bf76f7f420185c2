"""A certificate checked on its own: what it proves, and of which policies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from iamfa.cli.inputs import STDIN, one_policy, text_of
from iamfa.cli.lines import LineUnreadableError, parse_line
from iamfa.cli.proving import digest, digests
from iamfa.errors import Fault, PolicyError
from iamfa.proof.checker import verify
from iamfa.proof.checker_claim import CertificateError
from iamfa.proof.question import APART_FROM
from iamfa.report.shown import ShownCertificate


def verified(path: str, files: Iterable[str]) -> ShownCertificate:
    """Check the certificate in a file, and whether it is about the policies in these *files*.

    Raises PolicyError for a certificate that cannot be read or proves nothing, and for a policy that is none.
    """
    text = text_of(path)
    try:
        data = parse_line(text.encode("utf-8", "surrogatepass"))
        if not isinstance(data, Mapping):
            raise LineUnreadableError("a certificate is an object")
        claim = verify(data)
    except RecursionError as error:
        raise _proves_nothing(path, "it is nested too deeply", None) from error
    except (LineUnreadableError, CertificateError) as error:
        raise _proves_nothing(path, error.message, error.hint) from error
    of_two = "b" in data and data["b"] is not None
    policies = tuple(
        (f"{name}.{label}" if of_two else label, found)
        for name in (("a", "b") if of_two else ("a",))
        for label, found in digests(data[name])
    )
    held = {found for _, found in policies}
    named = ((file, digest(one_policy(file).document)) for file in files)
    return ShownCertificate(
        "<stdin>" if path == STDIN else path,
        claim.id,
        claim.words,
        policies,
        tuple((file, found, found in held) for file, found in named),
        len(claim.cases),
        () if claim.id == "implies" else APART_FROM,
    )


def _proves_nothing(path: str, message: str, hint: str | None) -> PolicyError:
    words = f"`{path}` proves nothing: {message}"
    return PolicyError(words, (Fault(1, 1, message, hint),), path=path)
