"""The page of an audit in a real browser: search, filters, keys, themes, paper, and nothing asked of anybody."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.browser.chromium import NAMES, Chromium, installed
from tests.unit.report.audit_examples import HOSTILE, example

from iamfa.audit.values import AuditReport, UserAudit
from iamfa.report.audit_html import page
from iamfa.report.paper import printable

PROGRAM = installed()
pytestmark = pytest.mark.skipif(PROGRAM is None, reason=f"no browser is installed: none of {', '.join(NAMES)}")

SHOWN = "[...document.querySelectorAll('#user-table .opener')].map(each => each.textContent)"
COUNT = "document.getElementById('user-count').textContent"
FOCUS = "document.activeElement.id || document.activeElement.textContent"


class Pages:
    """Audits that were written to files, and the browser that opens them."""

    def __init__(self, browser: Chromium, folder: Path) -> None:
        self.browser = browser
        self.folder = folder
        self.reports: dict[str, AuditReport] = {}
        for name, count, hostile in (
            ("forty", 40, False),
            ("some", 400, False),
            ("many", 5000, False),
            ("hostile", 60, True),
        ):
            report, policies = example(count, hostile=hostile)
            self.reports[name] = report
            (folder / f"{name}.html").write_text(page(report, policies), encoding="utf-8")

    def open(self, name: str, fragment: str = "") -> Chromium:
        """Opens one as wide as a desk has it, in light colours."""
        self.browser.size(1400, 1000)
        self.browser.prefer(prefers_color_scheme="light", prefers_reduced_motion="reduce")
        self.browser.open((self.folder / f"{name}.html").as_uri() + fragment)
        return self.browser


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    assert PROGRAM is not None
    browser = Chromium(PROGRAM, tmp_path_factory.mktemp("profile"))
    try:
        yield Pages(browser, tmp_path_factory.mktemp("pages"))
    finally:
        browser.close()


def search(browser: Chromium, words: str) -> None:
    browser.press("/")
    browser.type(words)


def fragment(browser: Chromium) -> str:
    told = browser.run("location.hash")
    assert isinstance(told, str)
    return told


def test_the_page_asks_nobody_for_anything_and_says_nothing_on_the_console(pages: Pages) -> None:
    for name in pages.reports:
        browser = pages.open(name)
        address = (pages.folder / f"{name}.html").as_uri()
        assert set(browser.requests()) == {address}
        assert browser.troubles() == []
        assert browser.run("[...document.querySelectorAll('[data-script]')].every(each => !each.hidden)")


def test_the_browser_would_refuse_what_tries_to_leave_the_page_or_to_become_markup(pages: Pages) -> None:
    browser = pages.open("forty")
    refused = browser.run(
        "new Promise(told => { const found = [];"
        "addEventListener('securitypolicyviolation', event => {"
        "found.push(event.effectiveDirective); if (found.length === 3) told(found.sort()); });"
        "fetch('https://example.com/').catch(() => null);"
        "const image = new Image(); image.src = 'https://example.com/x.png'; document.body.append(image);"
        "try { document.body.innerHTML = '<b>x</b>'; } catch { /* as it should be */ } })"
    )
    assert refused == ["connect-src", "img-src", "require-trusted-types-for"]
    assert browser.run("document.querySelector('h1') !== null")


def test_names_that_want_to_be_markup_are_only_names(pages: Pages) -> None:
    browser = pages.open("hostile", "#sort=name")
    shown = [*browser.run(SHOWN), *_next_page(browser)]
    for name in HOSTILE:
        assert "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in name) in shown
    assert browser.run("document.images.length") == 0
    assert browser.run("document.scripts.length") == 2
    for at in range(3):
        browser.run(f"document.querySelectorAll('#policy-list .opener')[{at}].click()")
    for user in pages.reports["hostile"].users[:6]:
        browser.run(f"location.hash = '#' + new URLSearchParams({{open: {json.dumps(user.name)}}})")
        browser.wait("document.querySelector('#user-table tr.detail')")
    assert browser.run("document.images.length + document.scripts.length") == 2
    assert not [each for each in browser.events if each.get("method") == "Page.javascriptDialogOpening"]
    assert browser.troubles() == []


def _next_page(browser: Chromium) -> list[str]:
    browser.run("document.querySelector('#pages button:last-child').click()")
    names: list[str] = browser.run(SHOWN)
    browser.run("document.querySelector('#pages button').click()")
    return names


def test_slash_goes_to_the_search_which_narrows_everything_is_told_aloud_and_escape_ends_it(pages: Pages) -> None:
    browser = pages.open("forty")
    search(browser, "alice")
    names = [user.name for user in pages.reports["forty"].users if "alice" in user.name]
    browser.wait(f"{COUNT} === '{len(names)} of 40 users'")
    assert sorted(browser.run(SHOWN)) == sorted(names)
    assert fragment(browser) == "#q=alice"
    browser.wait(f"document.getElementById('live').textContent === '{len(names)} of 40 users'")
    assert browser.run("document.querySelectorAll('#policy-list .card').length") < 10
    browser.press("Escape")
    browser.wait(f"{COUNT} === '40 users'")
    assert fragment(browser) == ""


def test_search_finds_users_by_the_policies_that_reach_them(pages: Pages) -> None:
    browser = pages.open("forty", "#q=RequireMFA-data")
    reached = next(each.users for each in pages.reports["forty"].policies if each.name == "RequireMFA-data")
    assert sorted(browser.run(SHOWN)) == sorted(reached)


def _device(user: UserAudit) -> set[str]:
    return {*user.enrolled.devices} or {"none"}


@pytest.mark.parametrize(
    ("asked", "fits"),
    [
        ("enforced=not-enforced,unknown", lambda u: u.enforced.answer in ("not-enforced", "unknown")),
        ("enrolled=exposed-now&key=1", lambda u: u.enrolled.answer == "exposed-now" and u.has_key is True),
        ("password=0&key=2", lambda u: u.has_password is False and u.has_key is None),
        ("device=fido,hardware", lambda u: bool({"fido", "hardware"} & _device(u))),
        ("lifted=somebody&enforced=denied", lambda u: (u.lifted.answer, u.enforced.answer) == ("somebody", "denied")),
        ("group=exposed", lambda u: u.enrolled.answer == "exposed-now"),
    ],
)  # fmt: skip
def test_filters_show_who_fits_them_all(pages: Pages, asked: str, fits: Callable[[UserAudit], bool]) -> None:
    browser = pages.open("some", f"#{asked}")
    fitting = [user.name for user in pages.reports["some"].users if fits(user)]
    assert 0 < len(fitting) < 400
    assert browser.run(COUNT) == f"{len(fitting):,} of 400 users"
    assert {*browser.run(SHOWN)} <= {*fitting}
    assert fragment(browser) == f"#{asked}" or sorted(fragment(browser)[1:].split("&")) == sorted(asked.split("&"))


def test_filters_by_severity_and_by_policy_reach_users_and_findings(pages: Pages) -> None:
    report = pages.reports["forty"]
    at = next(n for n, policy in enumerate(report.policies) if policy.name == "Work-finance")
    browser = pages.open("forty", f"#severity=error&policy={at}")
    named = {name for finding in report.findings if finding.severity.value == "error" for name in finding.reaches}
    assert sorted(browser.run(SHOWN)) == sorted(named & {*report.policies[at].users})
    errors = sum(finding.severity.value == "error" for finding in report.findings)
    assert browser.run("document.querySelectorAll('#finding-list > .card').length") == errors


def test_a_filter_is_ticked_counted_shown_as_a_chip_and_taken_away_again(pages: Pages) -> None:
    browser = pages.open("forty")
    browser.run("document.getElementById('f-enforced-denied').click()")
    count = sum(user.enforced.answer == "denied" for user in pages.reports["forty"].users)
    assert browser.run(COUNT) == f"{count} of 40 users"
    assert browser.run("document.querySelector('label:has(#f-enforced-denied) .count').textContent") == str(count)
    assert fragment(browser) == "#enforced=denied"
    assert browser.run("document.querySelector('#chips button').textContent") == "Forced: forced by Deny ✕"
    browser.run("document.querySelector('#chips button').click()")
    assert browser.run(COUNT) == "40 users"
    assert not browser.run("document.getElementById('f-enforced-denied').checked")


def test_columns_sort_both_ways_and_say_so(pages: Pages) -> None:
    browser = pages.open("forty")
    names = sorted(user.name for user in pages.reports["forty"].users)
    browser.run("document.querySelector('[data-sort=name]').click()")
    assert browser.run(SHOWN) == names
    browser.run("document.querySelector('[data-sort=name]').click()")
    assert browser.run(SHOWN) == names[::-1]
    assert browser.run("document.querySelector('#user-table th').getAttribute('aria-sort')") == "descending"
    assert browser.run(FOCUS) == "User"
    assert fragment(browser) == "#sort=-name"


def test_everything_can_be_reached_by_keys_alone(pages: Pages) -> None:
    browser = pages.open("forty")
    browser.press("Tab")
    assert browser.run(FOCUS) == "Skip to the content"
    assert browser.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert browser.run("document.activeElement.getBoundingClientRect().top >= 0")
    browser.press("Enter")
    browser.wait("document.activeElement.id === 'main'")
    browser.run("document.querySelector('#user-table .opener').focus()")
    names = browser.run(SHOWN)
    browser.press("ArrowDown")
    assert browser.run("document.activeElement.textContent") == names[1]
    browser.press("Enter")
    assert browser.run("document.activeElement.getAttribute('aria-expanded')") == "true"
    assert browser.run("document.activeElement.textContent") == names[1]
    assert fragment(browser) == f"#open={names[1]}"
    browser.press("End")
    assert browser.run("document.activeElement.textContent") == names[-1]
    browser.press("Home")
    assert browser.run("document.activeElement.textContent") == names[0]
    browser.press("Escape")
    assert browser.run("document.querySelector('#user-table tr.detail') === null")


def test_one_user_shows_three_answers_with_their_evidence_and_leads_to_the_statement(pages: Pages) -> None:
    report = pages.reports["forty"]
    user = next(u for u in report.users if u.enforced.answer == "denied" and u.enrolled.refusal and u.enforced.by)
    browser = pages.open("forty", f"#open={user.name}")
    told = browser.run("document.querySelector('#user-table tr.detail').innerText")
    assert user.arn in told
    assert "whatever else is attached. Not covered: roles once assumed." in told
    assert user.enrolled.refusal is not None
    assert str(user.enrolled.refusal.call.message) in told
    assert "iam:EnableMFADevice" in told
    browser.run("document.querySelector('#user-table tr.detail .answers a').click()")
    browser.wait("document.querySelector('.statement.told')")
    statement = browser.run("document.querySelector('.statement.told').textContent")
    assert str(user.enforced.by[0].statement_sid) in statement
    assert "aws:MultiFactorAuthPresent" in statement
    assert browser.run("document.activeElement.classList.contains('told')")


def test_a_finding_and_a_policy_lead_to_the_users_whom_they_reach(pages: Pages) -> None:
    report = pages.reports["forty"]
    browser = pages.open("forty")
    at = next(n for n, finding in enumerate(report.findings) if finding.id == "exempt-undeclared")
    browser.run(f"document.querySelectorAll('#finding-list > li')[{at}].querySelector('a[href=\"#users\"]').click()")
    assert sorted(browser.run(SHOWN)) == sorted(report.findings[at].reaches)
    assert fragment(browser) == f"#finding={at}"


def test_a_view_can_be_handed_on_and_one_that_makes_no_sense_shows_everybody(pages: Pages) -> None:
    browser = pages.open("some", "#enforced=denied&sort=name&page=3")
    names = sorted(u.name for u in pages.reports["some"].users if u.enforced.answer == "denied")
    assert browser.run(SHOWN) == names[100:150]
    browser = pages.open("forty", "#enforced=no-such&policy=99999&finding=-1&sort=nothing&page=x&open=nobody")
    assert browser.run(COUNT) == "40 users"
    assert browser.troubles() == []


def test_moving_about_the_page_keeps_the_view_and_takes_the_focus_along(pages: Pages) -> None:
    browser = pages.open("forty", "#enforced=denied")
    browser.run("document.querySelector('.top nav a[href=\"#policies\"]').click()")
    assert browser.run(FOCUS) == "policies"
    assert fragment(browser) == "#enforced=denied"
    assert browser.run("Math.abs(document.getElementById('policies').getBoundingClientRect().top) < 300")


def test_dark_and_light_follow_the_system_and_the_switch(pages: Pages) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    browser = pages.open("forty")
    light = browser.run(ground)
    browser.prefer(prefers_color_scheme="dark")
    dark = browser.run(ground)
    assert light != dark
    click = "document.getElementById('theme').click(), document.getElementById('theme').textContent"
    assert browser.run(click) == "Theme: light"
    assert browser.run(ground) == light
    assert browser.run(click) == "Theme: dark"
    browser.prefer(prefers_color_scheme="light")
    assert browser.run(ground) == dark
    assert browser.run(click) == "Theme: auto"
    assert browser.run(ground) == light


def test_what_moves_does_not_move_for_those_who_do_not_want_it(pages: Pages) -> None:
    browser = pages.open("forty")
    moves = "getComputedStyle(document.documentElement).scrollBehavior"
    assert browser.run(moves) == "auto"
    browser.prefer(prefers_reduced_motion="no-preference")
    assert browser.run(moves) == "smooth"


@pytest.mark.parametrize("name", ["forty", "hostile"])
def test_a_telephone_needs_no_scrolling_sideways(pages: Pages, name: str) -> None:
    browser = pages.open(name)
    browser.size(360, 740)
    browser.run("document.querySelectorAll('#policy-list .opener')[0].click()")
    for at in range(5):
        browser.run(f"document.querySelectorAll('#user-table .opener')[{at}].click()")
        assert browser.run("document.documentElement.scrollWidth") <= 360


def test_paper_gets_every_row_that_fits_and_the_screen_its_page_again(pages: Pages) -> None:
    browser = pages.open("some", "#enforced=denied")
    fitting = sum(user.enforced.answer == "denied" for user in pages.reports["some"].users)
    assert 50 < fitting <= 500
    browser.run("dispatchEvent(new Event('beforeprint'))")
    assert len(browser.run(SHOWN)) == fitting
    assert browser.run("[...document.querySelectorAll('.way details')].every(each => each.open)")
    browser.run("dispatchEvent(new Event('afterprint'))")
    assert len(browser.run(SHOWN)) == 50
    browser = pages.open("forty")
    printed = browser.call("Page.printToPDF", preferCSSPageSize=True)["data"]
    assert base64.b64decode(printed).startswith(b"%PDF")


def test_without_scripts_the_state_and_who_is_exposed_are_there(pages: Pages) -> None:
    browser = pages.browser
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.call("Page.navigate", url=(pages.folder / "forty.html").as_uri())
        time.sleep(0.3)
        root = browser.call("DOM.getDocument", depth=0)["root"]["nodeId"]
        markup = browser.call("DOM.getOuterHTML", nodeId=root)["outerHTML"]
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)
    exposed = [user for user in pages.reports["forty"].users if user.enrolled.answer == "exposed-now"]
    assert f"{len(exposed)} of 40 users are exposed now." in markup
    assert all(f'href="#open={user.name}"' in markup for user in exposed)
    assert '<section id="users" aria-labelledby="users-title" hidden=""' in markup


def test_a_screen_reader_finds_landmarks_a_table_with_heads_and_a_name_on_every_control(pages: Pages) -> None:
    browser = pages.open("forty")
    browser.run("document.querySelector('#user-table .opener').click()")
    nodes: list[dict[str, Any]] = browser.call("Accessibility.getFullAXTree")["nodes"]
    seen = [each for each in nodes if not each["ignored"]]
    roles = [each["role"]["value"] for each in seen]
    assert {"main", "banner", "contentinfo", "navigation", "table", "columnheader", "rowheader", "status"} <= {*roles}
    assert roles.count("rowheader") == 40 + len(
        browser.run("[...document.querySelectorAll('.plain tbody th')].map(e => 1)")
    )
    for node in seen:
        if node["role"]["value"] in {"button", "link", "checkbox", "searchbox", "combobox", "table", "navigation"}:
            assert node["name"]["value"].strip(), node


def test_five_thousand_users_are_searched_in_less_than_a_tenth_of_a_second(pages: Pages) -> None:
    browser = pages.open("many")
    assert browser.run(COUNT) == "5,000 users"
    assert len(browser.run(SHOWN)) == 50
    took = browser.run(
        "(() => { const field = document.getElementById('search'); const times = [];"
        "for (const words of ['a', 'al', 'ali', 'alice', 'alice cruz', 'RequireMFA', 'locked out', '']) {"
        "const begun = performance.now(); field.value = words; field.dispatchEvent(new Event('input'));"
        "times.push(performance.now() - begun); } return times.sort((a, b) => a - b); })()"
    )
    assert took[len(took) // 2] < 100, took
    names = [user.name for user in pages.reports["many"].users if "alice" in user.name and "cruz" in user.name]
    search(browser, "alice cruz")
    assert browser.run(COUNT) == f"{len(names)} of 5,000 users"
    assert printable(names[0]) in browser.run(SHOWN)
