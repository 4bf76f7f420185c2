"""`iamfa console`: a link for a role's session, printed or opened."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
import webbrowser
from urllib.parse import urlsplit

import pytest
from tests.unit.cli.desk import Desk
from tests.unit.cli.serving import wait_for

from iamfa.cli import opened
from iamfa.errors import IamfaError
from iamfa.secret import Secret


@pytest.fixture
def reader(desk: Desk) -> Desk:
    """Somebody with a role, and a session of it."""
    desk.who.profile("reader", role_arn=desk.who.role(f"{desk.who.name}-reader"), source_profile="default")
    desk.logged_in("--profile", "reader")
    return desk


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def answer(url: str) -> tuple[int, str | None]:
    try:
        with urllib.request.build_opener(Stay).open(url, timeout=5) as found:
            return int(found.status), None
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get("Location")


def test_the_link_leads_where_it_should(reader: Desk) -> None:
    found = reader.run("console", "--profile", "reader", "--destination", "iam")
    assert found.code == 0, found.err
    assert answer(found.out.strip()) == (302, "https://console.aws.amazon.com/iam")
    told = reader.run("console", "--profile", "reader", "--format", "json").json
    assert (told["version"], told["seconds_valid"]) == (1, 900)
    assert answer(told["url"])[0] == 302


def test_a_profile_without_a_role_has_no_link_and_no_question(desk: Desk) -> None:
    found = desk.run("console", answers=[])
    assert found.code == 2
    assert "profile `default` has no role" in found.err


def test_the_browser_comes_for_the_link_once(reader: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    went: list[tuple[int, str | None]] = []

    def browse(url: str) -> bool:
        address = urlsplit(url)
        went.append(answer(f"http://{address.netloc}/guessed"))
        went.append(answer(url))
        return True

    monkeypatch.setattr(webbrowser, "open", browse)
    found = reader.run("console", "--profile", "reader", "--open")
    assert (found.code, found.out, found.err) == (0, "", "opened in the browser\n")
    wait_for(lambda: len(went) == 2)
    assert went[0] == (404, None)
    assert went[1][0] == 302
    assert str(went[1][1]).startswith(f"{reader.who.box.endpoint_url}/federation?Action=login")


def test_where_there_is_no_browser_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda url: False)
    with pytest.raises(IamfaError, match="no browser can be opened here"):
        opened.open_in_browser(Secret("https://example.com"))


def test_a_browser_that_does_not_come_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened, "SECONDS", 0.05)
    done = threading.Event()
    monkeypatch.setattr(webbrowser, "open", lambda url: done.wait(5))
    with pytest.raises(IamfaError, match="did not come for the link"):
        opened.open_in_browser(Secret("https://example.com"))
    done.set()
