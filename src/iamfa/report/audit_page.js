const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const PAGE = 50, CARDS = 40, PRINTED = 500, NAMES = 30;

// Words and elements. Whatever is shown is set as text; characters that do not simply show are spelled out. --------
const say = (text) => data.words[text] ?? text;
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
const number = (count) => count.toLocaleString("en");
const HIDDEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\p{Zl}\p{Zp}]/gu;
const visible = (text) => String(text).replace(HIDDEN, (c) =>
  c === "\n" ? c : "\\u" + c.codePointAt(0).toString(16).padStart(4, "0"));

function el(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value);
  }
  for (const child of children.flat(Infinity)) {
    if (child instanceof Node) made.append(child);
    else if (child !== null && child !== undefined && child !== false && child !== "") made.append(visible(child));
  }
  return made;
}
function swatch(tone) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  const set = (node, values) => Object.entries(values).forEach(([k, v]) => node.setAttribute(k, v));
  set(svg, {class: "swatch", width: 12, height: 12, viewBox: "0 0 12 12", "aria-hidden": "true", focusable: "false"});
  set(rect, {class: "t-" + tone, x: 0.5, y: 0.5, width: 11, height: 11, rx: 2});
  svg.append(rect);
  return svg;
}
const badge = (label, tone, hangs) => el("span", {class: "badge"}, swatch(tone), el("span", null, label, hangs
  && [el("span", {"aria-hidden": "true", class: "dim"}, " *"),
    el("span", {class: "hidden-label"}, ", ", say("hangs on what was not read"))]));
const rich = (text) => text.split(/`([^`]+)`/).map((part, at) => (at % 2 ? el("code", null, part) : part));
const codes = (items) => el("ul", {class: "codes"}, items.map((each) => el("li", null, el("code", null, each))));
const labelled = (label, content) => [el("p", {class: "label"}, label), content];

// The data, opened up ----------------------------------------------------------------------------------------------
const [ofArn, ofName] = data.marks;
const own = (value, user) => {
  if (typeof value === "string") return value.replaceAll(ofArn, user.arn).replaceAll(ofName, user.name);
  if (Array.isArray(value)) return value.map((each) => own(each, user));
  if (value && typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, own(each, user)]));
  return value;
};
const meanings = data.meanings.map((rows) => new Map(rows.map(([key, label, tone, sentence], rank) =>
  [key, {label, tone, sentence, rank}])));
const orders = meanings.map((rows) => [...rows.keys()]);
const users = data.users.map(([name, path, enforced, enrolled, lifted, set, held, group, worst], at) => ({
  at, name, path, set, group, worst,
  arn: path.startsWith("arn:") ? path : data.base + path + name,
  numbers: [enforced, enrolled, lifted],
  answers: [enforced, enrolled, lifted].map((each, which) => data.answers[which][each]),
  key: held % 3, password: Math.floor(held / 3), findings: [],
}));
const span = (text) => (text ?? "").split(",").filter(Boolean).flatMap((run) => {
  const [first, last = first] = run.split("-").map(Number);
  return Array.from({length: last - first + 1}, (_, at) => first + at);
});
const findings = data.findings.map((each, at) => ({...each, at, users: span(each.users), things: each.things ?? []}));
for (const finding of findings) for (const at of finding.users) users[at].findings.push(finding);
const policies = data.policies.map((each, at) => ({...each, at, users: []}));
for (const user of users) for (const at of data.sets[user.set]) policies[at].users.push(user);
const byName = new Map(users.map((user) => [user.name, user]));

const low = (text) => visible(text).toLowerCase();
const setHay = data.sets.map((set) => set.map((at) => low(policies[at].name)).join("\n"));
for (const user of users)
  user.hay = low([user.name, user.arn, ...user.answers.map((a, which) => meanings[which].get(a.answer).label)]
    .join("\n"));
for (const policy of policies)
  policy.hay = low([policy.name, policy.arn ?? "", policy.holder ?? "", ...(policy.attached ?? []),
    policy.text === undefined ? "" : data.texts[policy.text]].join("\n"));
for (const finding of findings)
  finding.hay = low([finding.id, finding.message, finding.hint ?? "", ...finding.things].join("\n"));

// What is asked for: kept in the fragment, so that a view can be handed on ------------------------------------------
const yesNo = [["1", say("yes")], ["0", say("no")], ["2", say("not read")]];
const answerFacet = (id, which, label) => ({
  id, label, values: orders[which].map((key) => [key, meanings[which].get(key).label, meanings[which].get(key).tone]),
  of: (user) => user.answers[which].answer,
});
const facets = [
  {id: "group", label: say("How the user stands"), values: data.groups, of: (user) => data.groups[user.group][0]},
  answerFacet("enforced", 0, say("Forced?")),
  answerFacet("enrolled", 1, say("Enrolled?")),
  answerFacet("lifted", 2, say("Who can lift it?")),
  {id: "severity", label: say("Worst finding"), values: [...data.severities, ["none", say("no finding")]],
    of: (user) => (data.severities[user.worst] ?? ["none"])[0]},
  {id: "key", label: say("Active access key"), values: yesNo, of: (user) => String(user.key)},
  {id: "password", label: say("Password"), values: yesNo, of: (user) => String(user.password)},
  {id: "device", label: say("Device"), values: [...Object.entries(data.devices), ["none", say("none known")]],
    of: (user) => [...new Set(user.answers[1].devices ?? ["none"])]},
];
const SORTS = {
  danger: (a, b) => a.group - b.group || a.worst - b.worst,
  name: () => 0,
  enforced: (a, b) => rank(a, 0) - rank(b, 0),
  enrolled: (a, b) => rank(a, 1) - rank(b, 1),
  lifted: (a, b) => rank(a, 2) - rank(b, 2) || (b.answers[2].count ?? 0) - (a.answers[2].count ?? 0),
  held: (a, b) => b.key % 2 + b.password % 2 - (a.key % 2 + a.password % 2),
  findings: (a, b) => a.worst - b.worst || b.findings.length - a.findings.length,
};
const rank = (user, which) => meanings[which].get(user.answers[which].answer).rank;
const state = {};
function clear() {
  Object.assign(state, {q: "", sort: "danger", page: 1, policy: null, finding: null, open: null,
    shown: CARDS, picked: Object.fromEntries(facets.map((facet) => [facet.id, new Set()]))});
}
function read() {
  const fragment = location.hash.slice(1);
  if (fragment && !fragment.includes("=")) return false;
  const told = new URLSearchParams(fragment);
  clear();
  state.q = told.get("q") ?? "";
  const sort = told.get("sort") ?? "danger";
  if (SORTS[sort.replace(/^-/, "")]) state.sort = sort;
  state.page = Math.max(1, parseInt(told.get("page"), 10) || 1);
  const at = (name, list) => (told.has(name) && list[Number(told.get(name))] ? Number(told.get(name)) : null);
  state.policy = at("policy", policies);
  state.finding = at("finding", findings);
  state.open = byName.get(told.get("open")) ?? null;
  for (const facet of facets) {
    const known = new Set(facet.values.map(([value]) => value));
    for (const value of (told.get(facet.id) ?? "").split(",")) if (known.has(value)) state.picked[facet.id].add(value);
  }
  return true;
}
function write() {
  const told = new URLSearchParams();
  if (state.q) told.set("q", state.q);
  for (const facet of facets) if (state.picked[facet.id].size) told.set(facet.id, [...state.picked[facet.id]].join(","));
  for (const name of ["policy", "finding"]) if (state[name] !== null) told.set(name, state[name]);
  if (state.sort !== "danger") told.set("sort", state.sort);
  if (state.page > 1) told.set("page", state.page);
  if (state.open) told.set("open", state.open.name);
  const text = told.toString().replaceAll("%2C", ",");
  if ("#" + text === location.hash || !(text || location.hash.includes("="))) return;
  try { history.replaceState(null, "", "#" + text); } catch { /* browsers allow so many a minute; the next one tells */ }
}

// Finding users -----------------------------------------------------------------------------------------------------
const words = () => low(state.q).split(/\s+/).filter(Boolean);
for (const user of users) user.values = facets.map((facet) => [facet.of(user)].flat());
function found() {
  const asked = words();
  const inSets = asked.map((word) => setHay.map((hay) => hay.includes(word)));
  const named = state.finding === null ? null : new Set(findings[state.finding].users);
  const base = users.filter((user) =>
    asked.every((word, at) => inSets[at][user.set] || user.hay.includes(word))
    && (state.policy === null || data.sets[user.set].includes(state.policy))
    && (named === null || named.has(user.at)));
  const asking = facets.map((facet) => state.picked[facet.id]);
  const counts = facets.map(() => new Map());
  const count = (which, user) => {
    for (const value of user.values[which]) counts[which].set(value, (counts[which].get(value) ?? 0) + 1);
  };
  const rows = [];
  for (const user of base) {
    // A value is counted for whoever fits all the other filters, so that the number tells what ticking it would show.
    let fails = 0, failing = 0;
    for (let which = 0; which < facets.length && fails < 2; which++)
      if (asking[which].size && !user.values[which].some((each) => asking[which].has(each))) { fails++; failing = which; }
    if (fails === 0) {
      rows.push(user);
      for (let which = 0; which < facets.length; which++) count(which, user);
    } else if (fails === 1) count(failing, user);
  }
  const [, back, by] = /^(-?)(.*)$/.exec(state.sort);
  rows.sort((a, b) => (back ? -1 : 1) * (SORTS[by](a, b) || a.at - b.at));
  return {rows, counts};
}
