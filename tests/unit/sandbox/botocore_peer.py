"""botocore's own serializer and parser: the client's side of the wire, which knows nothing of the sandbox's."""

from __future__ import annotations

from functools import cache
from typing import Any

from botocore.awsrequest import AWSRequest
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer


@cache
def service(name: str) -> ServiceModel:
    """botocore's model of a service, of the SDK's own data only."""
    return ServiceModel(
        Loader(include_default_search_paths=False, extra_search_paths=[Loader.BUILTIN_DATA_PATH]).load_service_model(
            name, "service-2"
        ),
        name,
    )


@cache
def operation(name: str, operation_name: str) -> OperationModel:
    """botocore's model of an operation."""
    return service(name).operation_model(operation_name)


def request(name: str, operation_name: str, parameters: dict[str, Any]) -> tuple[str, dict[str, str], bytes]:
    """Method, headers and body that botocore would send."""
    asked = operation(name, operation_name)
    form = create_serializer(asked.service_model.protocol, False).serialize_to_request(parameters, asked)
    sent = AWSRequest(form["method"], "http://localhost/", form["headers"], form["body"]).prepare()
    body = sent.body.encode() if isinstance(sent.body, str) else sent.body
    return form["method"], {str(key): str(value) for key, value in form["headers"].items()}, body


def answer(name: str, operation_name: str, status: int, body: bytes, kind: str) -> dict[str, Any]:
    """What botocore makes of an answer, without what it adds of its own."""
    asked = operation(name, operation_name)
    response = {"status_code": status, "headers": {"content-type": kind, "x-amzn-requestid": "id-1"}, "body": body}
    found: dict[str, Any] = create_parser(asked.service_model.protocol).parse(response, asked.output_shape)
    return found
