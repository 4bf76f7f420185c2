"""The page of an audit: what it holds without a script, that nothing from outside becomes markup, and its colours."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib import resources
from itertools import pairwise
from typing import Any, get_args

import pytest
from tests.unit.report.audit_examples import HOSTILE, example, judged

from iamfa.account.entities import Account
from iamfa.audit.unread import PARTS as SNAPSHOT_PARTS
from iamfa.audit.values import EnforcedAnswer, EnrolledAnswer, LiftedAnswer
from iamfa.report.audit_html import page, policy_texts
from iamfa.report.audit_page_data import PageData, ranges
from iamfa.report.audit_page_drawing import squares
from iamfa.report.audit_page_words import ENFORCED, ENROLLED, LIFTED, PARTS
from iamfa.report.paper import english, printable

VOID = {"meta", "input", "path", "rect", "circle"}


class Outline(HTMLParser):
    """Tags, attributes and texts of a page; tags that do not nest are an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in self.raw:
            self.raw[self.open[-1]].append(data)
        else:
            self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def seen(self) -> str:
        return " ".join(" ".join(self.texts).split())

    @property
    def data(self) -> Any:
        return json.loads(self.raw["script"][0])


def opened(text: str) -> Any:
    """The page's data."""
    return Outline(text).data


@pytest.fixture(scope="module")
def outline() -> Outline:
    return Outline(page(*example(40)))


# What it shows without a script ---------------------------------------------------------------------------------------


def test_the_page_has_landmarks_one_top_heading_and_no_heading_that_skips_a_level(outline: Outline) -> None:
    tags = [tag for tag, _ in outline.tags]
    assert [tags.count(each) for each in ("main", "header", "footer", "h1")] == [1, 1, 1, 1]
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [each["id"] for _, each in outline.tags if "id" in each]
    assert len(ids) == len(set(ids))
    assert all(each["aria-labelledby"] in ids for each in outline.all("section"))
    assert outline.all("a")[0] == {"class": "skip", "href": "#main"}


def test_everybody_who_is_exposed_stands_on_the_page_with_the_calls_and_needs_no_script() -> None:
    report, policies = example(400)
    exposed = [user for user in report.users if user.enrolled.answer == "exposed-now"]
    outline = Outline(page(report, policies))
    assert len(exposed) > 20
    assert f"{len(exposed)} of 400 users are exposed now." in outline.seen
    shown = [each["href"] for each in outline.all("a") if each["href"].startswith("#open=")]
    assert sorted(shown) == sorted(f"#open={user.name}" for user in exposed)
    assert "iam:EnableMFADevice on" in outline.seen
    assert "with an access key alone passes" in outline.seen
    assert "an access key alone is enough, in 4 calls" in outline.seen


def test_every_user_is_one_square() -> None:
    for count in (0, 12, 60, 400, 1501):
        drawn = page(*example(count))
        path = "".join(re.findall(r'<svg class="squares"[^>]*><path class="[^"]*" d="([^"]*)"', drawn))
        assert path.count("z") == count


def test_very_many_users_share_squares_and_the_page_says_so() -> None:
    report, _ = example(100)
    crowd = report.users * 201
    drawn = squares(crowd, english)
    assert "one square for 3 users" in drawn
    path = "".join(re.findall(r'<svg class="squares"[^>]*><path class="[^"]*" d="([^"]*)"', drawn))
    assert len(crowd) / 3 <= path.count("z") < len(crowd) / 3 + 10


def test_a_bar_for_each_answer_says_in_words_what_it_draws() -> None:
    report, policies = example(40)
    outline = Outline(page(report, policies))
    for answer in {user.enforced.answer for user in report.users}:
        kinds = [user.enrolled.answer for user in report.users if user.enforced.answer == answer]
        assert f"{ENFORCED[answer].label} {len(kinds)}" in outline.seen
        for kind in set(kinds):
            assert f"#enforced={answer}&enrolled={kind}" in [each["href"] for each in outline.all("a")]


def test_what_was_not_read_is_listed_with_how_many_answers_hang_on_it() -> None:
    report, policies = example(40)
    outline = Outline(page(report, policies))
    assert "Not everything was read" in outline.seen
    assert "organization: AccessDeniedException (ListPolicies)" in outline.seen
    hanging = sum("organization" in user.enforced.not_read for user in report.users)
    assert f"the organization's policies {hanging}" in outline.seen


def test_a_headline_promises_no_more_than_was_read() -> None:
    report, _ = example(60)
    fine = tuple(u for u in report.users if (u.enforced.answer, u.enrolled.answer) == ("denied", "enrolled"))
    open_ = tuple(u for u in report.users if u.enforced.answer == "not-enforced")
    open_ = tuple(u for u in open_ if u.enrolled.answer != "exposed-now")
    none = replace(report, users=(), findings=(), not_read=())
    assert "No user was read." in Outline(page(none, {})).seen
    assert f"Of {len(fine)} users none is exposed now." in Outline(page(replace(none, users=fine), {})).seen
    partly = replace(none, users=fine, not_read=("organization: AccessDenied",))
    assert f"Of {len(fine)} users none was found exposed, with what was read." in Outline(page(partly, {})).seen
    assert "Nobody was found exposed, with what was read." in Outline(page(partly, {})).seen
    some = replace(none, users=(*fine, *open_))
    words = f"{len(open_)} of {len(fine) + len(open_)} users are not forced to use MFA."
    assert words in Outline(page(some, {})).seen


def test_every_answer_and_every_part_of_a_snapshot_has_words() -> None:
    for answers, words in ((EnforcedAnswer, ENFORCED), (EnrolledAnswer, ENROLLED), (LiftedAnswer, LIFTED)):
        assert set(get_args(answers)) == set(words)
    assert set(SNAPSHOT_PARTS) <= set(PARTS)


# What comes from outside stays text -----------------------------------------------------------------------------------


def test_the_policy_of_the_page_lets_nothing_be_fetched_and_only_its_own_style_and_script_run(outline: Outline) -> None:
    (policy,) = (each["content"] for each in outline.all("meta") if "http-equiv" in each)
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert parts["default-src"] == parts["base-uri"] == parts["form-action"] == "'none'"
    assert parts["require-trusted-types-for"] == "'script'"
    assert parts["trusted-types"] == "'none'"
    for name, content in (("style-src", outline.raw["style"][0]), ("script-src", outline.raw["script"][1])):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert parts[name] == f"'sha256-{digest}'"


@pytest.mark.parametrize("hostile", [False, True])
def test_nothing_on_the_page_names_another_place_or_carries_a_script_of_its_own(hostile: bool) -> None:
    outline = Outline(page(*example(40, hostile=hostile)))
    for tag, attributes in outline.tags:
        assert tag not in {"img", "link", "iframe", "object", "embed", "base", "form", "image", "use"}
        for name, value in attributes.items():
            assert not name.startswith("on")
            assert name not in {"src", "srcset", "style", "action"}
            assert name != "href" or value.startswith("#")
    assert [each.get("type") for each in outline.all("script")] == ["application/json", None]
    style, script = outline.raw["style"][0], outline.raw["script"][1]
    assert not re.search(r"@import|url\((?!#)", style)
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|fetch\(|XMLHttp|import\(", script
    )


def test_names_that_want_to_be_markup_are_shown_spelled_out_and_reach_the_data_whole() -> None:
    report, policies = example(40, hostile=True)
    written = page(report, policies)
    written.encode()  # half a surrogate pair could not be
    outline = Outline(written)
    assert [name for name in HOSTILE if name in {row[0] for row in outline.data["users"]}] == list(HOSTILE)
    body = written[written.index("<body>") : written.index('<script type="application/json"')]
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x1b]", written)
    for user in report.users:
        if user.enrolled.answer == "exposed-now":
            assert html.escape(printable(user.name)) in body


def test_a_slot_in_a_name_is_not_filled() -> None:
    report, policies = example(12)
    report = replace(report, not_read=("{{=script}} {{Users}}",))
    assert "<code>{{=script}} {{Users}}</code>" in page(report, policies)


# The data -------------------------------------------------------------------------------------------------------------


def unmarked(value: Any, marks: list[str], arn: str, name: str) -> Any:
    """What the script makes of a shared value for one user."""
    if isinstance(value, str):
        return value.replace(marks[0], arn).replace(marks[1], name)
    if isinstance(value, list):
        return [unmarked(each, marks, arn, name) for each in value]
    if isinstance(value, dict):
        return {key: unmarked(each, marks, arn, name) for key, each in value.items()}
    return value


@pytest.mark.parametrize("hostile", [False, True])
def test_what_users_share_is_each_users_own_again_when_it_is_opened(hostile: bool) -> None:
    report, policies = example(60, hostile=hostile)
    data = opened(page(report, policies))
    for user, (name, path, enforced, enrolled, lifted, reached, *_) in zip(report.users, data["users"], strict=True):
        assert name == user.name
        assert (path if path.startswith("arn:") else data["base"] + path + name) == user.arn
        three = [data["answers"][at][each] for at, each in enumerate((enforced, enrolled, lifted))]
        first, second, third = (unmarked(each, data["marks"], user.arn, user.name) for each in three)
        assert first["answer"] == user.enforced.answer
        assert third["answer"] == user.lifted.answer
        if user.enforced.witness is not None:
            assert first["witness"]["resource"] == user.enforced.witness.request.resource
        assert [call[:2] for call in second.get("trace", [])] == [[c.call, c.resource] for c in user.enrolled.trace]
        if user.enrolled.refusal is not None:
            assert second["refusal"]["call"][5] == user.enrolled.refusal.call.message
        expected = [n for n, policy in enumerate(report.policies) if user.name in policy.users]
        assert data["sets"][reached] == expected


def test_a_user_whose_arn_is_built_otherwise_keeps_it() -> None:
    report, _ = example(12)
    odd = replace(report.users[0], arn="arn:aws:iam::999999999999:user/elsewhere")
    shape = PageData(replace(report, users=(odd,)), {}, english).shape()
    assert shape["users"][0][1] == "arn:aws:iam::999999999999:user/elsewhere"


def test_a_policy_text_that_many_have_stands_there_once() -> None:
    report, policies = example(60)
    same = dict.fromkeys(policies, '{"Statement": []}')
    data = opened(page(report, same))
    assert data["texts"] == ['{"Statement": []}']
    assert {each.get("text") for each in data["policies"]} == {0, None}


def test_five_thousand_users_fit_into_less_than_a_megabyte() -> None:
    assert len(page(*example(5000))) < 700_000


def test_the_same_audit_makes_the_same_page() -> None:
    assert page(*example(40)) == page(*example(40))


@pytest.mark.parametrize(("numbers", "text"), [([], ""), ([3], "3"), ([4, 0, 1, 2, 7, 7], "0-2,4,7"), ([1, 2], "1-2")])
def test_runs_of_numbers_are_written_short(numbers: list[int], text: str) -> None:
    assert ranges(numbers) == text


def test_the_page_shows_what_an_audit_says_and_the_texts_of_the_accounts_policies() -> None:
    report, policies = judged()
    assert set(policies) == {
        "arn:aws:iam::111122223333:policy/RequireMFA",
        "arn:aws:iam::111122223333:policy/Work",
        "user/dave/own",
    }
    data = opened(page(report, policies))
    assert [row[0] for row in data["users"]] == ["alice", "bob", "carol", "dave"]
    assert len(data["findings"]) == len(report.findings)
    own = next(each for each in data["policies"] if each["name"] == "own")
    assert data["texts"][own["text"]] == policies["user/dave/own"]


# Words ----------------------------------------------------------------------------------------------------------------


def test_every_word_of_the_page_and_of_its_script_goes_through_the_translator() -> None:
    said: list[str] = []

    def louder(words: str) -> str:
        said.append(words)
        return re.sub(r"\{\w+\}|[^{]+", lambda m: m[0] if m[0][0] == "{" else m[0].upper(), words)

    outline = Outline(page(*example(40), say=louder, language="xx"))
    assert outline.all("html") == [{"lang": "xx"}]
    assert "AT A GLANCE" in outline.seen
    assert outline.data["words"]["User"] == "USER"
    assert outline.data["words"]["No user fits what is asked for."] == "NO USER FITS WHAT IS ASKED FOR."
    shown = outline.seen.replace("iamfa", "").replace("arn:aws", "")
    assert "exposed now" not in shown
    assert outline.data["meanings"][0][0][1] == "NOT FORCED"
    assert len(set(said)) > 150


# Colours --------------------------------------------------------------------------------------------------------------


def brightness(colour: str) -> float:
    """Relative luminance, WCAG 2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((brightness(one), brightness(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_texts_and_drawings_are_seen_on_every_ground_as_wcag_aa_asks(theme: int) -> None:
    style = resources.files("iamfa.report").joinpath("audit_page.css").read_text(encoding="utf-8")
    palette = {
        name: pair[theme]
        for name, *pair in re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", style)
    }
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    grounds = ("ground", "panel", "sunk")
    texts = ("ink", "dim", "link", "bad-text", "good-text")
    tones = ("bad", "open", "warn", "unknown", "locked", "info", "wait", "weak", "good", "edge", "focus")
    assert {*grounds, *texts, *tones, "idle", "hatch", "line"} == set(palette)
    poor = [(t, g) for t in texts for g in grounds if contrast(palette[t], palette[g]) < 4.5]
    poor += [(t, g) for t in tones for g in grounds if contrast(palette[t], palette[g]) < 3]
    poor += [(t, "hatch") for t in tones[1:8] if contrast(palette[t], palette["hatch"]) < 3]
    poor += [("idle", "panel")] if contrast(palette["idle"], palette["panel"]) < 3 else []
    assert not poor
    assert contrast(palette["bad"], palette["good"]) >= 1.6, "the two without a pattern are told apart without colours"


def test_a_translation_may_lack_words_and_a_policy_its_text() -> None:
    report, _ = example(12)
    data = opened(page(report, {}))
    assert data["words"] == {}
    assert data["texts"] == []
    assert policy_texts(Account("111122223333")) == {}
