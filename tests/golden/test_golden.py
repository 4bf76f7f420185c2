"""What people see, as text that a reviewer can read. `IAMFA_GOLDEN=1 pytest tests/golden` writes the files anew.

Every case is a command line; its file holds the exit code, standard output and standard error. The policies are those
of the story, in the working folder, so that no path of any machine gets in.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import pytest

import iamfa
from iamfa.cli.group import TABLE
from iamfa.cli.main import run

HERE = Path(__file__).parent
REWRITE = os.environ.get("IAMFA_GOLDEN") == "1"
OFFICIAL, REQUIRED, REPAIRED = "1-official-2022.json", "2-required-only.json", "3-repaired.jsonc"
KNOWN = "known.json"
PAGES = tuple(f"aws-{page}.json" for page in ("p1", "p2", "p3", "p4", "p5a", "p5b"))
PHONE = "arn:aws:iam::123456789012:mfa/phone"
EVERYONE, EARLIER, DUMP, REGISTER = "everyone.json", "earlier.json", "123456789012.json", "register.toml"
SOME = ("--select", "exception-expired,locked-out,exposed-now")
TWO = ("--user", "heidi", "--user", "judy")
EXEMPT = ("--exempt-tag", "mfa-exempt=true", "--exempt-path", "/service/")
BROKEN = """{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "allow", "Action": "iam:*", "Resurce": "*"},
    {"Effect": "Deny", "NotAction": "iam:List*", "Resource": "*", "Condition": {"BoolIfExist": {"aws:x": "true"}}}
  ]
}
"""

EXCEPTIONS = """
[[exceptions]]
principal = "judy"
reason = "works when nothing else does"
owner = "security@example.com"
expires = 2027-01-31
compensating_control = "two keys in the safe, and an alarm on their use"
break_glass = true

[[exceptions]]
principal = "nina"
expires = 2026-01-31
"""

# Known: the error that stands in the policy, a note, and something that is not there any more.
BASELINE = """{"version": 1, "findings": [
  {"path": "2-required-only.json", "document": null, "rule": "device-name-tied-to-user", "severity": "error",
   "fingerprint": "685ae6bcb6584195ff6859fc4da67b0a", "message": ""},
  {"path": "2-required-only.json", "document": null, "rule": "user-path-not-matched", "severity": "note",
   "fingerprint": "0abe7e4c0296b9a8059dc169adeec982", "message": ""},
  {"path": "2-required-only.json", "document": null, "rule": "unknown-action", "severity": "warning",
   "fingerprint": "00000000000000000000000000000000", "message": "`s3:Gett` is in no catalogue"}
]}
"""


@dataclass(frozen=True)
class Case:
    """One command line and the terminal that it runs in."""

    name: str
    arguments: tuple[str, ...]
    width: int = 80
    encoding: str = "utf-8"


CASES = (
    Case("check-official", ("check", OFFICIAL)),
    Case("check-required", ("check", REQUIRED)),
    Case("check-repaired", ("check", REPAIRED)),
    Case("check-required-wide", ("check", REQUIRED), width=120),
    Case("check-required-narrow-ascii", ("check", REQUIRED), width=60, encoding="ascii"),
    Case("check-required-colours", ("check", "--color", "always", REQUIRED)),
    Case("check-required-quiet", ("check", "--quiet", REQUIRED)),
    Case("check-required-verbose-2022", ("check", "--verbose", "--platform", "2022-11", REQUIRED)),
    Case("check-required-json", ("check", "--format", "json", REQUIRED)),
    Case("check-required-github", ("check", "--format", "github", REQUIRED)),
    Case("check-required-sarif", ("check", "--format", "sarif", REQUIRED)),
    Case("check-required-baseline", ("check", "--baseline", KNOWN, REQUIRED)),
    Case("check-broken", ("check", "broken.json", REPAIRED, "no-such.json", "--quiet", "--fail-on", "error")),
    Case("fix-required", ("fix", REQUIRED)),
    Case("fix-repaired-hardened", ("fix", "--hardened", REPAIRED)),
    Case("fix-official-minimised", ("fix", "--minimise", OFFICIAL)),
    Case("fix-required-json", ("fix", "--format", "json", REQUIRED)),
    Case("explain-official", ("explain", OFFICIAL)),
    Case("explain-official-wide", ("explain", OFFICIAL), width=200),
    Case("explain-official-narrow-ascii", ("explain", "--verbose", OFFICIAL), width=60, encoding="ascii"),
    Case("explain-official-markdown", ("explain", "--format", "markdown", OFFICIAL)),
    Case("explain-required-json", ("explain", "--format", "json", REQUIRED)),
    Case("explain-repaired", ("explain", REPAIRED)),
    *(Case(f"explain-{name.removesuffix('.json')}", ("explain", name)) for name in PAGES),
    Case("new", ("new",)),
    Case("new-scp", ("new", "--attach", "scp", "--first-enrolment", "tag", "--enrolment-until", "2099-12-31")),
    Case("new-fido-only-narrow-ascii", ("new", "--devices", "fido", "--guard"), width=60, encoding="ascii"),
    Case("new-terraform", ("new", "--format", "terraform", *EXEMPT, "--guard")),
    Case("new-cloudformation", ("new", "--format", "cloudformation", *EXEMPT, "--attach", "group")),
    Case("new-json", ("new", "--format", "json", "--deletion", "without-mfa", "--network", "192.0.2.0/24")),
    Case("new-contradiction", ("new", "--devices", "fido", "--command-line", "codes", "--attach", "user")),
    Case("can-denied", ("can", "iam:CreateVirtualMFADevice", PHONE, "--policy", REQUIRED)),
    Case("can-denied-json", ("can", "iam:CreateVirtualMFADevice", PHONE, "--policy", REQUIRED, "--format", "json")),
    Case("can-explicitly-denied", ("can", "s3:GetObject", "arn:aws:s3:::b/k", "--policy", REQUIRED)),
    Case("can-allowed-by-aws", ("can", "sts:GetSessionToken", "*", "--policy", REQUIRED)),
    Case("prove-required", ("prove", REQUIRED, "--without-mfa", "--plus-everything")),
    Case("prove-refuted", ("prove", OFFICIAL, "--without-mfa", "--outside", "iam:*MFADevice")),
    Case("prove-refuted-json", ("prove", OFFICIAL, "--question", "never", "--action", "iam:List*", "--format", "json")),
    Case("prove-lift-narrow-ascii", ("prove", REQUIRED, "--question", "lift"), width=60, encoding="ascii"),
    Case("diff-required-repaired", ("diff", REQUIRED, REPAIRED)),
    Case("diff-official-required-narrow-ascii", ("diff", OFFICIAL, REQUIRED), width=60, encoding="ascii"),
    Case("diff-required-repaired-json", ("diff", REQUIRED, REPAIRED, "--format", "json")),
    Case("audit", ("audit", EVERYONE)),
    Case("audit-narrow-ascii", ("audit", EVERYONE), width=60, encoding="ascii"),
    Case("audit-wide-verbose", ("audit", EVERYONE, "--verbose", *TWO), width=160),
    Case("audit-colours-quiet", ("audit", EVERYONE, "--quiet", "--color", "always", *TWO)),
    Case("audit-json", ("audit", EVERYONE, "--format", "json", *TWO, "--ignore", "cannot-enrol")),
    Case("audit-csv", ("audit", EVERYONE, "--format", "csv", *TWO)),
    Case("audit-sarif", ("audit", EVERYONE, "--format", "sarif", "--select", "locked-out,exposed-now")),
    Case("audit-ocsf", ("audit", EVERYONE, "--format", "ocsf", "--select", "root-without-device,locked-out")),
    Case(
        "audit-since-register",
        ("audit", EVERYONE, "--since", EARLIER, "--register", REGISTER, *SOME),
    ),
    Case("audit-dump", ("audit", DUMP, "--select", "exposed-now,not-read")),
    Case("rules", ("rules",)),
    Case("rules-one", ("rules", "device-name-tied-to-user")),
    Case("tour", ("tour",)),
    Case("tour-narrow-ascii", ("tour",), width=60, encoding="ascii"),
    Case("sandbox-assumptions", ("sandbox", "--assumptions")),
    Case("sandbox-assumptions-json", ("sandbox", "--assumptions", "--assume", "totp-window=2", "--format", "json")),
    Case("help", ("--help",)),
    *(Case(f"help-sandbox-{name}", ("sandbox", name, "--help")) for name in ("run", "code")),
    *(
        Case(f"help-device-{name}", ("device", name, "--help"))
        for name in ("list", "add", "resync", "remove", "replace", "default")
    ),
    *(Case(f"help-{name}", (name, "--help")) for name in TABLE),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_output_is_the_one_that_was_reviewed(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (OFFICIAL, REQUIRED, REPAIRED):
        (tmp_path / name).write_bytes(resources.files("iamfa.cli.story").joinpath(name).read_bytes())
    for name in PAGES:
        (tmp_path / name).write_bytes((HERE.parent / "data" / "policies" / name).read_bytes())
    if "audit" in case.arguments:
        _write_accounts(tmp_path)
    (tmp_path / "broken.json").write_text(BROKEN, encoding="utf-8")
    (tmp_path / KNOWN).write_text(BASELINE, encoding="utf-8")
    for name in ("NO_COLOR", "TERM", "_IAMFA_COMPLETE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", str(case.width))
    if case.encoding != "utf-8":
        monkeypatch.setattr(type(sys.stdout), "encoding", case.encoding, raising=False)
    code = run(case.arguments)
    written = capsys.readouterr()
    out = without_rules(written.out) if "sarif" in case.arguments else written.out
    if "csv" in case.arguments:
        assert out.count("\r\n") == out.count("\n")
        out = out.replace("\r\n", "\n")
    shown = f"$ iamfa {' '.join(case.arguments)}\n{out}"
    if written.err:
        shown += f"--- stderr\n{written.err}"
    shown += f"--- exit code {code}\n"
    file = HERE / f"{case.name}.txt"
    if REWRITE:
        file.write_text(shown, encoding="utf-8")
    assert file.exists(), "IAMFA_GOLDEN=1 writes it"
    assert shown == file.read_text(encoding="utf-8")
    assert case.encoding == "utf-8" or shown.isascii()


def _write_accounts(folder: Path) -> None:
    """A snapshot, what it was like earlier, only what GetAccountAuthorizationDetails tells of it, and a register."""
    text = (HERE.parent / "data" / "accounts" / EVERYONE).read_text(encoding="utf-8")
    account = json.loads(text)
    (folder / EVERYONE).write_text(text, encoding="utf-8")
    (folder / DUMP).write_text(json.dumps(account["authorization_details"]), encoding="utf-8")
    taken = datetime(2026, 11, 27, 13, tzinfo=UTC).timestamp()
    os.utime(folder / DUMP, (taken, taken))
    (folder / REGISTER).write_text(EXCEPTIONS, encoding="utf-8")
    users = account["authorization_details"]["UserDetailList"]
    for user in users:
        if user["UserName"] == "alice":
            user["GroupList"] = []
            user["UserPolicyList"] = next(each for each in users if each["UserName"] == "nina")["UserPolicyList"]
        if user["UserName"] == "grace":
            user["GroupList"] = ["developers"]
    account["authorization_details"]["UserDetailList"] = [
        each for each in users if each["UserName"] not in ("ken", "frank")
    ]
    for part in ("mfa_devices", "access_keys", "login_profiles", "credential_report"):
        names = [each.get("UserName", each.get("user")) for each in account[part]]
        account[part] = [each for each, name in zip(account[part], names, strict=True) if name not in ("ken", "frank")]
    account["mfa_devices"] = [each for each in account["mfa_devices"] if each["UserName"] != "bob"]
    for row in account["credential_report"]:
        row["mfa_active"] = "false" if row["user"] == "bob" else row["mfa_active"]
    account["taken_at"] = "2026-10-01T08:00:00Z"
    (folder / EARLIER).write_text(json.dumps(account), encoding="utf-8")


def without_rules(text: str) -> str:
    """A SARIF log with the first of its rules and without its page: the pages are reviewed where they are written.

    Numbers of rules are left out, too: they change when a rule is added.
    """
    log = json.loads(text)
    driver = log["runs"][0]["tool"]["driver"]
    assert driver["semanticVersion"] == iamfa.__version__
    driver["semanticVersion"] = "VERSION"
    for result in log["runs"][0]["results"]:
        assert driver["rules"][result.pop("ruleIndex")]["id"] == result["ruleId"]
    driver["rules"] = driver["rules"][:1]
    driver["rules"][0]["help"]["markdown"] = "PAGE"
    return json.dumps(log, indent=2) + "\n"


def test_every_golden_file_has_its_case() -> None:
    assert {path.stem for path in HERE.glob("*.txt")} == {case.name for case in CASES}
