"""`prove --format json` and `prove --verify --format json`, version 1: frozen."""

from __future__ import annotations

from iamfa.report.pieces_json import Json, request_json
from iamfa.report.shown import ShownAnswer, ShownCertificate


def prove_json(shown: ShownAnswer) -> Json:
    """The answer to a question about all requests."""
    return {
        "version": 1,
        "answer": shown.answer,
        "statement": shown.statement,
        "witness": request_json(shown.witness) if shown.witness is not None else None,
        "credential": shown.credential,
        "closed": shown.of_the_catalogue,
        "certificate": dict(shown.certificate) if shown.certificate is not None else None,
        "reason": shown.reason,
        "apart_from": list(shown.apart_from),
        "outside": list(shown.outside) if shown.outside is not None else None,
        "outside_from_file": shown.outside_from_file,
    }


def verified_json(shown: ShownCertificate) -> Json:
    """What a certificate proves."""
    return {
        "version": 1,
        "verified": True,
        "claim": shown.id,
        "statement": shown.words,
        "policies": [{"policy": label, "sha256": digest} for label, digest in shown.policies],
        "files": [{"path": path, "sha256": digest, "claimed": claimed} for path, digest, claimed in shown.files],
        "cases": shown.cases,
        "apart_from": list(shown.apart_from),
    }
