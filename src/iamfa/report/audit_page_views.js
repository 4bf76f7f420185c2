// The table of users ------------------------------------------------------------------------------------------------
const COLUMNS = [
  ["name", say("User")], ["enforced", say("Forced?")], ["enrolled", say("Enrolled?")],
  ["lifted", say("Who can lift it?")], ["held", say("Key, password")], ["findings", say("Findings")],
];
function head() {
  const back = state.sort.startsWith("-"), by = state.sort.replace("-", "");
  byId("user-table").tHead.replaceChildren(el("tr", {role: "row"}, COLUMNS.map(([id, label]) =>
    el("th", {scope: "col", role: "columnheader",
      "aria-sort": by === id ? (back ? "descending" : "ascending") : "none"},
    el("button", {type: "button", "data-sort": id, click: () => {
      state.sort = state.sort === id ? "-" + id : state.sort === "-" + id ? "danger" : id;
      state.page = 1;
      refresh();
      document.querySelector(`[data-sort="${id}"]`).focus();
    }}, label)))));
}
const has = (value, label) => (value === 1 ? label : value === 2 ? fill(say("{what} not read"), {what: label}) : null);
function row(user) {
  const open = state.open === user;
  const cells = user.answers.map((answer, which) => {
    const meaning = meanings[which].get(answer.answer);
    let label = meaning.label;
    if (which === 1 && answer.devices) label = [...new Set(answer.devices)].map((d) => data.devices[d]).join(", ");
    if (which === 2 && answer.count)
      label = answer.count === 1 ? say("1 user") : fill(say("{count} users"), {count: number(answer.count)});
    return el("td", {role: "cell", "data-label": COLUMNS[which + 1][1]},
      badge(label, meaning.tone, (answer.not_read ?? []).some((part) => part !== "resource policies")));
  });
  const held = [has(user.key, say("key")), has(user.password, say("password"))].filter(Boolean).join(", ");
  const worst = data.severities[user.worst];
  const id = "user-" + user.at;
  const path = user.path.startsWith("arn:") ? user.path : user.path === "/" ? "" : user.path;
  const line = el("tr", {role: "row", class: open ? "open" : null},
    el("th", {scope: "row", role: "rowheader"},
      el("button", {type: "button", class: "opener", id, "data-user": user.at, "aria-expanded": String(open),
        "aria-controls": open ? id + "-detail" : null, click: () => toggle(user)}, el("bdi", null, user.name)),
      path && el("div", {class: "path"}, path)),
    cells,
    el("td", {role: "cell", "data-label": COLUMNS[4][1]}, el("span", null, held || say("neither"))),
    el("td", {role: "cell", "data-label": COLUMNS[5][1]},
      worst ? badge(`${user.findings.length} · ${worst[1]}`, worst[2]) : el("span", {class: "dim"}, say("none"))));
  if (!open) return [line];
  return [line, el("tr", {role: "row", class: "detail", id: id + "-detail"},
    el("td", {role: "cell", colspan: COLUMNS.length}, detail(user)))];
}
function toggle(user) {
  state.open = state.open === user ? null : user;
  refresh();
  byId("user-" + user.at)?.focus();
}
function table(rows) {
  const pages = Math.max(1, Math.ceil(rows.length / PAGE));
  state.page = Math.min(state.page, pages);
  const from = (state.page - 1) * PAGE;
  const body = byId("user-table").tBodies[0];
  body.replaceChildren(...rows.slice(from, from + PAGE).flatMap(row));
  if (!rows.length)
    body.append(el("tr", {role: "row"}, el("td", {role: "cell", colspan: COLUMNS.length, class: "nothing"},
      say("No user fits what is asked for."))));
  const go = (to) => () => { state.page = to; refresh(); byId("users").scrollIntoView(); };
  byId("pages").replaceChildren(...(pages === 1 ? [] : [
    el("button", {type: "button", disabled: state.page === 1 ? "" : null, click: go(state.page - 1)}, say("Back")),
    el("span", null, fill(say("page {page} of {pages}"), {page: number(state.page), pages: number(pages)})),
    el("button", {type: "button", disabled: state.page === pages ? "" : null, click: go(state.page + 1)},
      say("Next"))]));
}

// One user ----------------------------------------------------------------------------------------------------------
const placeLink = ([policy, index, sid, name, holder]) => {
  const label = [el("code", null, sid || fill(say("statement {number}"), {number: index + 1})), " ", say("of"), " "];
  const where = el("code", null, name);
  const of = holder ? ` (${holder})` : "";
  if (policy === null) return el("span", null, label, where, of);
  return el("span", null, el("a", {href: "#policies", click: (event) => {
    event.preventDefault();
    showPolicy(policy, index);
  }}, label, where), of);
};
const traceList = (calls) => el("ol", {class: "trace"}, calls.map(([call, resource, credential, ok, by, message]) =>
  el("li", null, el("code", {class: "call"}, call), " ",
    resource !== "*" && [say("on"), " ", el("code", null, resource), " "],
    el("span", {class: "dim"}, say("with"), " ", credential), " ",
    ok ? el("span", {class: "ok"}, say("passes"))
      : [el("span", {class: "refused"}, say("refused")), ": ", rich(message ? `${message} (${by})` : by)])));
const witnessBox = (witness) => witness && labelled(say("This request passes without MFA"),
  el("div", {class: "evidence"},
    el("p", null, el("code", {class: "call"}, witness.action)),
    el("p", null, say("on"), " ", el("code", null, witness.resource)),
    el("p", {class: "dim"}, say("with"), " ", witness.credential),
    witness.context.length > 0 && el("p", null, say("where"), " ",
      witness.context.map(([key, value], at) => [at ? ", " : "", el("code", null, `${key} = ${value}`)]))));
const caveats = (answer) => [
  answer.reason && el("p", {class: "caveat"}, rich(answer.reason)),
  answer.not_read && el("p", {class: "caveat"}, say("Hangs on what was not read"), ": ",
    answer.not_read.map((part) => data.parts[part] ?? part).join(", ")),
];
const userLink = (name) => byName.has(name)
  ? el("a", {href: "#" + new URLSearchParams({open: name})}, el("bdi", null, name)) : el("bdi", null, name);

function detail(user) {
  const [enforced, enrolled, lifted] = user.answers.map((answer) => own(answer, user));
  const top = (question, which) => {
    const meaning = meanings[which].get(user.answers[which].answer);
    return [el("h3", {class: "question"}, question), badge(meaning.label, meaning.tone), el("p", null, meaning.sentence)];
  };
  const declared = enforced.declared;
  return [
    el("p", {class: "label"}, el("code", null, user.arn)),
    el("div", {class: "answers"},
      el("div", null, top(say("Is this user forced to use MFA?"), 0),
        witnessBox(enforced.witness),
        declared && labelled(say("In the register of exceptions"), el("div", {class: "evidence"},
          el("p", null, declared.reason || say("no reason")),
          el("p", null, say("owner"), ": ", declared.owner || say("nobody")),
          el("p", null, say("until"), ": ", declared.expires ?? say("no end")),
          el("p", null, say("instead"), ": ", declared.control || say("nothing")))),
        enforced.spared && labelled(say("Spared by"), el("ul", null, enforced.spared.map((each) =>
          el("li", null, el("code", null, `${each.operator} ${each.key} ${each.values.join(", ")}`), " ",
            each.place && placeLink(each.place))))),
        enforced.by && labelled(say("These statements ask for MFA"),
          el("ul", null, enforced.by.map((place) => el("li", null, placeLink(place))))),
        enforced.exempt && labelled(say("Exempt: may pass without MFA"), codes(enforced.exempt)),
        el("p", {class: "caveat"}, say("Judged for"), ": ", (enforced.kinds ?? []).join(", ")),
        caveats(enforced)),
      el("div", null, top(say("Is there a device?"), 1),
        enrolled.devices && labelled(say("Devices"), codes(enrolled.devices.map((each) => data.devices[each]))),
        enrolled.trace && labelled(enrolled.leaked === "password" ? say("With the password alone")
          : say("With the access key alone"), traceList(enrolled.trace)),
        enrolled.reaches && labelled(say("Within reach then"), codes(enrolled.reaches)),
        enrolled.refusal && labelled(say("The enrolment ends here"), el("div", null,
          traceList([enrolled.refusal.call]), enrolled.refusal.place && placeLink(enrolled.refusal.place))),
        caveats(enrolled)),
      el("div", null, top(say("Who can lift what forces this user?"), 2),
        lifted.lifters && labelled(say("Who, and with which calls"), el("ul", null,
          lifted.lifters.map(([name, calls, certain]) => el("li", null, userLink(name), ": ", calls.join(", "),
            !certain && el("span", {class: "dim"}, " (", say("where something untold fits"), ")"))),
          lifted.count > lifted.lifters.length && el("li", null,
            fill(say("and {count} more"), {count: number(lifted.count - lifted.lifters.length)})))),
        caveats(lifted))),
    el("div", {class: "inside"}, el("h3", {class: "question"}, say("Policies that reach this user")),
      el("p", {class: "links"}, data.sets[user.set].length ? data.sets[user.set].map((at) => policyLink(at))
        : say("none"))),
    user.findings.length > 0 && el("div", {class: "inside"}, el("h3", {class: "question"}, say("Findings that name this user")),
      el("ul", null, user.findings.map((finding) => el("li", null, badgeLine(finding), " ", rich(finding.message))))),
  ];
}
const badgeLine = (finding) =>
  el("span", null, swatch(data.severities[finding.severity][2]), el("code", null, finding.id), ":");
const policyLink = (at) => el("a", {href: "#policies", click: (event) => {
  event.preventDefault();
  showPolicy(at, null);
}}, policies[at].name + (policies[at].holder ? ` (${policies[at].holder})` : ""));

// Findings and policies ---------------------------------------------------------------------------------------------
const picks = (change) => (event) => { event.preventDefault(); clear(); change(); refresh(); toUsers(); };
function toUsers() {
  byId("users").scrollIntoView();
  document.querySelector("#user-table .opener")?.focus({preventScroll: true});
}
function whom(names, total, change) {
  const shown = names.slice(0, NAMES);
  return total > 0 && el("div", null, el("p", {class: "names"},
    shown.map((user) => el("a", {href: "#" + new URLSearchParams({open: user.name})}, el("bdi", null, user.name)))),
    el("p", null, el("a", {href: "#users", click: picks(change)}, total === 1 ? say("show this user in the table")
      : fill(say("show these {count} users in the table"), {count: number(total)}))));
}
function findingCard(finding) {
  const [, label, tone] = data.severities[finding.severity];
  const names = finding.users.map((at) => users[at]);
  const more = [finding.place && el("p", null, placeLink(finding.place)), witnessBox(finding.witness),
    finding.trace && traceList(finding.trace),
    finding.things.length > 0 && codes(finding.things.slice(0, NAMES)),
    whom(names, names.length, () => { state.finding = finding.at; }),
    finding.not_read && el("p", {class: "caveat"}, say("Hangs on what was not read"), ": ",
      finding.not_read.map((part) => data.parts[part] ?? part).join(", "))].flat().filter(Boolean);
  return el("li", {class: "card is-" + tone},
    el("p", {class: "card-head"}, badge(label, tone), el("code", null, finding.id),
      names.length > 0 && el("span", {class: "dim"}, names.length === 1 ? say("1 user")
        : fill(say("{count} users"), {count: number(names.length)}))),
    el("p", {class: "message"}, rich(finding.message)),
    finding.hint && el("p", {class: "hint"}, rich(finding.hint)),
    more.length > 0 && el("details", {class: "more"}, el("summary", null, say("Evidence, and whom it names")), more));
}
function statements(policy, told) {
  if (policy.reason) return [el("p", {class: "caveat"}, say("Not judged"), ": ", rich(policy.reason))];
  if (policy.text === undefined) return [el("p", {class: "caveat"}, say("Its text is not part of this page."))];
  const text = data.texts[policy.text];
  let list;
  try {
    list = [JSON.parse(text).Statement].flat().filter((each) => each && typeof each === "object");
  } catch {
    list = [];
  }
  if (!list.length) return [el("pre", null, text)];
  return list.map((each, at) => el("div", {class: "statement" + (told === at ? " told" : ""),
    id: `policy-${policy.at}-${at}`, tabindex: told === at ? "-1" : null},
  el("h4", null, el("span", {class: each.Effect === "Deny" || each.Effect === "Allow" ? "effect-" + each.Effect : null},
    each.Effect ?? "?"), el("span", null, typeof each.Sid === "string" && each.Sid ? each.Sid
    : fill(say("statement {number}"), {number: at + 1}))),
  findings.filter((f) => f.place && f.place[0] === policy.at && f.place[1] === at).slice(0, 5).map((finding) =>
    el("p", null, badgeLine(finding), " ", rich(finding.message))),
  el("pre", null, JSON.stringify(each, null, 2))));
}
function policyInside(policy, told) {
  return [policy.arn && el("p", {class: "label"}, el("code", null, policy.arn)),
    policy.attached && labelled(say("Attached to"), codes(policy.attached.slice(0, NAMES))),
    policy.attached && policy.attached.length > NAMES
      && el("p", null, fill(say("and {count} more"), {count: number(policy.attached.length - NAMES)})),
    labelled(say("Reaches"), whom(policy.users, policy.users.length, () => { state.policy = policy.at; })
      || el("p", null, say("no user"))),
    labelled(say("Statements"), el("div", null, statements(policy, told)))];
}
let opened = {policy: null, statement: null};
function policyCard(policy) {
  const open = opened.policy === policy.at;
  const id = "policy-" + policy.at;
  return el("li", {class: "card policy"},
    el("button", {type: "button", class: "opener", id, "aria-expanded": String(open), click: () => {
      opened = {policy: open ? null : policy.at, statement: null};
      cards();
      byId(id)?.focus();
    }}, el("bdi", null, policy.name)), " ",
    el("span", {class: "dim"}, [policy.holder, policy.reason ? say("not judged") : data.classes[policy.class],
      policy.users.length === 1 ? say("reaches 1 user")
        : fill(say("reaches {count} users"), {count: number(policy.users.length)})].filter(Boolean).join(" · ")),
    open && policyInside(policy, opened.statement));
}
function showPolicy(at, statement) {
  opened = {policy: at, statement};
  if (!matches(policies).includes(policies[at])) { state.q = ""; byId("search").value = ""; }
  refresh();
  const target = statement === null ? byId("policy-" + at) : byId(`policy-${at}-${statement}`) ?? byId("policy-" + at);
  target.scrollIntoView({block: "start"});
  target.focus({preventScroll: true});
}
const matches = (things) => {
  const asked = words();
  return things.filter((each) => asked.every((word) => each.hay.includes(word)));
};
const RANKS = {"forces-by-deny": 0, "forces-by-grant": 1, "protects-a-set": 2, "self-service": 3};
const policyOrder = [...policies].sort((a, b) => (RANKS[a.class] ?? 4) - (RANKS[b.class] ?? 4)
  || b.users.length - a.users.length || a.at - b.at);
let findingsShown = CARDS, policiesShown = CARDS;
function listed(list, things, shown, card, more) {
  list.replaceChildren(...things.slice(0, shown).map(card));
  if (things.length > shown)
    list.append(el("li", null, el("button", {type: "button", class: "more-button", click: more},
      fill(say("show {count} more"), {count: number(Math.min(CARDS, things.length - shown))}))));
}
function cards() {
  const severities = state.picked.severity;
  const searched = matches(findings);
  const told = searched.filter((each) => !severities.size || severities.has(data.severities[each.severity][0]));
  listed(byId("finding-list"), told, findingsShown, findingCard, () => { findingsShown += CARDS; cards(); });
  byId("finding-count").textContent = ofAll(told.length, findings.length, say("{count} findings"),
    say("{count} of {total} findings"));
  byId("nav-findings").textContent = number(told.length);
  byId("severities").replaceChildren(...data.severities.map(([id, label, tone]) => {
    const count = searched.filter((each) => data.severities[each.severity][0] === id).length;
    const pressed = severities.has(id);
    return el("button", {type: "button", "aria-pressed": String(pressed || !severities.size), "data-severity": id,
      click: () => {
        if (pressed) severities.delete(id); else severities.add(id);
        state.page = 1;
        refresh();
        document.querySelector(`[data-severity="${id}"]`).focus();
      }}, swatch(tone), `${label} ${number(count)}`);
  }));
  let shown = policyOrder;
  if (words().length) shown = matches(policyOrder);
  const at = shown.indexOf(policies[opened.policy]);
  policiesShown = Math.max(policiesShown, at + 1);
  listed(byId("policy-list"), shown, policiesShown, policyCard, () => { policiesShown += CARDS; cards(); });
  byId("policy-count").textContent = ofAll(shown.length, policies.length, say("{count} policies"),
    say("{count} of {total} policies"));
  byId("nav-policies").textContent = number(shown.length);
}
const ofAll = (count, total, all, some) =>
  fill(count === total ? all : some, {count: number(count), total: number(total)});

// Filters -----------------------------------------------------------------------------------------------------------
const present = facets.map((facet) => {
  const values = new Set(users.flatMap((user) => facet.of(user)));
  return facet.values.filter(([value]) => values.has(value));
});
function facetList(counts) {
  const focused = document.activeElement?.id;
  byId("facet-list").replaceChildren(
    ...facets.map((facet, which) => el("fieldset", null, el("legend", null, facet.label),
      present[which].map(([value, label, tone]) => {
        const count = counts[which].get(value) ?? 0;
        return el("label", {class: count ? null : "none"},
          el("input", {type: "checkbox", id: `f-${facet.id}-${value}`, checked: state.picked[facet.id].has(value) ? "" : null,
            change: (event) => {
              if (event.target.checked) state.picked[facet.id].add(value); else state.picked[facet.id].delete(value);
              state.page = 1;
              refresh();
            }}), tone && swatch(tone), el("span", {class: "what"}, label), el("span", {class: "count"}, number(count)));
      }))),
    el("fieldset", null, el("legend", null, el("label", {for: "f-policy"}, say("Policy"))),
      el("select", {id: "f-policy", change: (event) => {
        state.policy = event.target.value === "" ? null : Number(event.target.value);
        state.page = 1;
        refresh();
      }}, el("option", {value: ""}, say("any")), policyOptions.map((each) => el("option",
        {value: each.at, selected: state.policy === each.at ? "" : null},
        each.name + (each.holder ? ` (${each.holder})` : ""))))));
  if (focused?.startsWith("f-")) byId(focused)?.focus();
}
const policyOptions = policies.filter((each) => each.users.length);
function chips() {
  const made = [];
  const chip = (label, change) => made.push(el("button", {type: "button", click: () => {
    change();
    state.page = 1;
    refresh();
    (document.querySelector("#chips button") ?? byId("search")).focus();
  }, "aria-label": fill(say("remove the filter {name}"), {name: visible(label)})}, label + " ✕"));
  for (const facet of facets)
    for (const value of state.picked[facet.id]) {
      const label = facet.values.find(([each]) => each === value)[1];
      chip(`${facet.label.replace("?", "")}: ${label}`, () => state.picked[facet.id].delete(value));
    }
  if (state.policy !== null) chip(`${say("policy")}: ${policies[state.policy].name}`, () => { state.policy = null; });
  if (state.finding !== null) chip(`${say("finding")}: ${findings[state.finding].id}`, () => { state.finding = null; });
  const count = made.length;
  if (count > 1 || (count && state.q)) chip(say("all filters"), () => { const {open} = state; clear(); state.open = open; });
  byId("chips").replaceChildren(...made);
  byId("active-filters").textContent = count ? String(count) : "";
}

// All together ------------------------------------------------------------------------------------------------------
let telling;
function refresh() {
  const {rows, counts} = found();
  const line = ofAll(rows.length, users.length, say("{count} users"), say("{count} of {total} users"));
  byId("user-count").textContent = line;
  byId("nav-users").textContent = number(rows.length);
  if (byId("search").value !== state.q) byId("search").value = state.q;
  head();
  table(rows);
  facetList(counts);
  chips();
  cards();
  write();
  clearTimeout(telling);
  telling = setTimeout(() => { byId("live").textContent = line; }, 400);
  return rows;
}
function arrive() {
  if (!read()) return;
  const at = state.open ? found().rows.indexOf(state.open) : -1;
  if (at >= 0) state.page = Math.floor(at / PAGE) + 1;
  refresh();
  if (!location.hash.slice(1)) return;
  if (state.open) {
    byId("user-" + state.open.at)?.scrollIntoView({block: "center"});
    byId("user-" + state.open.at)?.focus({preventScroll: true});
  } else byId("users").scrollIntoView();
}

// Keys, theme, paper ------------------------------------------------------------------------------------------------
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.closest("input[type=search], select, textarea");
  if (event.key === "/" && !typing) {
    event.preventDefault();
    byId("search").focus();
    byId("search").select();
  } else if (event.key === "Escape") {
    if (state.q) { state.q = ""; state.page = 1; refresh(); }
    else if (state.open && event.target.closest("#user-table")) toggle(state.open);
    else event.target.blur?.();
  } else if (event.target.matches(".opener[data-user]") && ["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) {
    const all = [...document.querySelectorAll("#user-table .opener")];
    const at = all.indexOf(event.target);
    const to = {ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1}[event.key];
    if (all[to]) { event.preventDefault(); all[to].focus(); }
  }
});
byId("search").addEventListener("input", (event) => {
  state.q = event.target.value;
  state.page = 1;
  refresh();
});
const THEMES = [["", say("Theme: auto")], ["light", say("Theme: light")], ["dark", say("Theme: dark")]];
function theme(which) {
  if (which) document.documentElement.dataset.theme = which; else delete document.documentElement.dataset.theme;
  byId("theme").textContent = THEMES.find(([id]) => id === which)[1];
  try { localStorage.setItem("iamfa-theme", which); } catch { /* kept for this view only */ }
}
let kept = "";
try { kept = localStorage.getItem("iamfa-theme") ?? ""; } catch { /* nothing is kept */ }
theme(THEMES.some(([id]) => id === kept) ? kept : "");
byId("theme").addEventListener("click", () => {
  const at = THEMES.findIndex(([id]) => id === (document.documentElement.dataset.theme ?? ""));
  theme(THEMES[(at + 1) % THEMES.length][0]);
});
byId("print").addEventListener("click", () => window.print());
let folded = [];
window.addEventListener("beforeprint", () => {
  const rows = found().rows;
  byId("user-table").tBodies[0].replaceChildren(...rows.slice(0, PRINTED).flatMap(row));
  byId("print-note").textContent = rows.length > PRINTED
    ? fill(say("The first {count} of {total} users; filter to print others."), {count: number(PRINTED), total: number(rows.length)}) : "";
  folded = [...document.querySelectorAll("main .way details:not([open]), #exposed > details:not([open])")];
  for (const each of folded) each.open = true;
});
window.addEventListener("afterprint", () => { for (const each of folded) each.open = false; refresh(); });
window.addEventListener("hashchange", arrive);
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#"]');
  if (!link || event.defaultPrevented) return;
  const href = link.getAttribute("href");
  if (href.includes("=")) {
    if (href === location.hash) { event.preventDefault(); arrive(); }
    return;
  }
  // Moving about does not take the view out of the address.
  event.preventDefault();
  const target = byId(href.slice(1));
  if (!target.hasAttribute("tabindex")) target.setAttribute("tabindex", "-1");
  target.scrollIntoView();
  target.focus({preventScroll: true});
});

for (const each of document.querySelectorAll("[data-script]")) each.hidden = false;
byId("facets").open = window.matchMedia("(min-width: 68.01rem)").matches;
clear();
if (!read()) refresh(); else arrive();
