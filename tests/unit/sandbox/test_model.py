"""The service model in our own types: complete, compiled late, and refused where it says what is not understood."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from iamfa.sandbox import model


def small(kind: dict[str, Any], **metadata: str) -> dict[str, Any]:
    """A model of one operation whose input is the shape."""
    return {
        "metadata": {"protocol": "query", "apiVersion": "2010-05-08", **metadata},
        "operations": {"Do": {"name": "Do", "input": {"shape": "In"}}},
        "shapes": {"In": kind, "Text": {"type": "string"}},
    }


def test_every_operation_of_the_three_services_compiles() -> None:
    counts = {}
    for name in model.SERVICES:
        for each in model.operations(name):
            found = model.operation(name, each)
            assert found is not None and found.name == each and found.service is model.service_named(name)
        counts[name] = len(model.operations(name))
    assert counts["iam"] > 150 and counts["sts"] >= 8 and counts["organizations"] > 50


def test_an_operation_is_compiled_once() -> None:
    assert model.operation("iam", "CreateUser") is model.operation("iam", "CreateUser")


def test_what_aws_does_not_have_is_none() -> None:
    assert model.operation("iam", "CreateEverything") is None
    assert model.operation("s3", "ListBuckets") is None
    assert model.service_named("s3") is None
    assert model.operations("s3") == ()
    assert model.error_status("s3", "NoSuchBucket") is None
    assert model.error_status("iam", "AccessDenied") is None


def test_a_service_says_how_it_is_spoken_to() -> None:
    assert model.service_named("iam") == model.Service(
        "iam", "query", "2010-05-08", "https://iam.amazonaws.com/doc/2010-05-08/", ""
    )
    assert model.service_named("organizations") == model.Service(
        "organizations", "json", "2016-11-28", "", "AWSOrganizationsV20161128"
    )


def test_an_error_has_the_status_that_the_model_declares() -> None:
    assert model.error_status("iam", "InvalidAuthenticationCode") == 403
    assert model.error_status("iam", "ReportNotPresent") == 410
    assert model.error_status("iam", "PolicyEvaluation") == 500
    assert model.error_status("organizations", "PolicyNotFoundException") == 400
    assert model.error_status("organizations", "ServiceException") == 500


def test_an_operation_names_its_parameters_and_errors() -> None:
    found = model.operation("iam", "EnableMFADevice")
    assert found is not None and found.input_shape is not None and found.output_shape is None
    assert set(found.input_shape.required) == {"UserName", "SerialNumber", "AuthenticationCode1", "AuthenticationCode2"}
    assert found.errors["InvalidAuthenticationCode"] == 403
    serial = found.input_shape.members["SerialNumber"]
    assert (serial.kind, serial.minimum, serial.maximum, serial.pattern) == ("string", 9, 256, r"[\w+=/:,.@-]+")


def test_a_shape_may_contain_itself() -> None:
    found = model.operation("organizations", "DescribeHandshake")
    assert found is not None and found.output_shape is not None
    resources = found.output_shape.members["Handshake"].members["Resources"]
    assert resources.members["member"].members["Resources"] is resources
    assert "members" not in repr(resources)


@pytest.mark.parametrize(
    "shape",
    [
        {"type": "structure", "members": {"A": {"shape": "Text", "locationName": "b"}}},
        {"type": "structure", "members": {"A": {"shape": "Text"}}, "xmlOrder": ["A"]},
        {"type": "float"},
    ],
)
def test_a_trait_that_is_not_understood_is_refused(shape: dict[str, Any]) -> None:
    with pytest.raises(model.ModelError, match="not built"):
        model.compiled("iam", small(shape), "Do")


def test_a_protocol_that_is_not_understood_is_refused() -> None:
    with pytest.raises(model.ModelError, match="`rest-xml`"):
        model.compiled("s3", small({"type": "structure", "members": {}}, protocol="rest-xml"), "Do")


@pytest.mark.parametrize("file", ["service-2.json", "service-2.json.gz"])
def test_the_newest_version_of_a_model_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    for version in ("2010-05-08", "2012-01-01"):
        folder = tmp_path / "some_sdk" / "data" / "iam" / version
        folder.mkdir(parents=True)
        text = json.dumps({"version": version}).encode()
        (folder / file).write_bytes(gzip.compress(text) if file.endswith(".gz") else text)
    (tmp_path / "some_sdk" / "data" / "iam" / "2013-01-01").mkdir()
    (tmp_path / "some_sdk" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    assert model.read_model("iam", "some_sdk") == {"version": "2012-01-01"}
    with pytest.raises(model.ModelError, match="no model of `sts`"):
        model.read_model("sts", "some_sdk")


def test_an_sdk_that_is_missing_is_named() -> None:
    with pytest.raises(model.ModelError) as found:
        model.read_model("iam", "an_sdk_that_nobody_has")
    assert found.value.hint is not None and "an_sdk_that_nobody_has" in found.value.hint


def test_neither_the_sdk_nor_organizations_is_loaded_for_iam_and_sts() -> None:
    program = (
        "import sys; from iamfa.sandbox import model, wire; model.operation('iam', 'GetUser');"
        " model.operation('sts', 'GetCallerIdentity');"
        " print(sorted({'botocore', 'urllib3', 'http'} & sys.modules.keys()), model._model.cache_info().currsize)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("[] 2", "")
