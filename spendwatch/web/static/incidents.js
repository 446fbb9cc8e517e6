// Incidents: those that burn first, each with its reasons and its last day when it is opened.

import { answer } from "./answers.js";
import { chart } from "./chart.js";
import { heads, make, one, reconcile, say, show } from "./dom.js";
import { dollars, parse, short } from "./money.js";
import { capital, clock, day, length, moment, plain, plural } from "./words.js";

const OVER = new Set(["resolved", "expected", "merged"]);
const GRADES = ["SEV1", "SEV2", "SEV3", "info"];
const ACTIONS = [["acknowledge", "Acknowledge"], ["snooze", "Snooze"], ["expected", "Expected…"]];
const QUIET = { history: "history, nobody was told", caught_up: "was over before it could be told" };
const PAST = 50;
const opened = new Set();

const linked = location.pathname.match(/^\/incidents\/([^/]+)$/);
if (linked) opened.add(decodeURIComponent(linked[1]));

export function incidents(state, again) {
  const all = [...state.incidents.values()].sort(gravest);
  const burning = all.filter((each) => !OVER.has(each.state));
  const past = all.filter((each) => OVER.has(each.state)).sort(newest);
  show(one("calm"), state.status?.ready && !burning.length);
  show(one("open"), burning.length > 0);
  list(one("open"), burning, state, again);
  show(one("past"), past.length > 0);
  say(one("past-count"), `${plural(past.length, "incident is", "incidents are")} over`);
  if (linked && past.some((each) => opened.has(each.id))) one("past").open = true;
  list(one("over"), past.slice(0, PAST), state, again);
  document.title = `${burning.length ? `(${burning.length}) ` : ""}${state.organisation ?? "Spendwatch"}`;
}

function gravest(one, other) {
  const [mine, yours] = [one, other].map((each) => GRADES.indexOf(each.severity));
  return mine - yours || newest(one, other);
}

const newest = (one, other) => (one.opened_at < other.opened_at ? 1 : -1);

const NAMES = [
  ["Incident"], ["Cause"], ["Over", "number"], ["Pace", "number"], ["If it goes on", "number"],
  ["Since", "stacked"], ["State"], ["", "actions"],
];
const SINCE = 5;

function list(table, found, state, again) {
  const body = heads(table, NAMES);
  const rows = found.flatMap((each) =>
    opened.has(each.id) ? [{ each }, { each, inner: true }] : [{ each }]);
  const key = ({ each, inner }) => (inner ? `${each.id} more` : each.id);
  const build = ({ each, inner }) => (inner ? more(each) : row(each, again));
  reconcile(body, rows, key, build, (element, { each, inner }) =>
    inner ? fillMore(element, each) : fill(element, each, state));
}

function row(incident, again) {
  const toggle = make("button", { type: "button", class: "toggle" });
  toggle.addEventListener("click", () => {
    if (!opened.delete(incident.id)) opened.add(incident.id);
    again();
  });
  const words = make("div", {}, make("span", { class: "name" }), make("small"));
  const head = make("th", { scope: "row" },
    make("div", { class: "title" }, toggle, make("span", { class: "badge" }), words));
  const cells = NAMES.slice(1).map(([, kind]) => make("td", { class: kind ?? null }));
  cells[SINCE - 1].append(make("span"), make("small"));
  return make("tr", {}, head, ...cells);
}

function fill(element, incident, state) {
  const [head, cause, over, pace, projected, since, standing, actions] = element.cells;
  const [toggle, badge, words] = head.firstChild.children;
  const [name, note] = words.children;
  const open = opened.has(incident.id);
  const whose = subject(incident);
  toggle.setAttribute("aria-expanded", String(open));
  toggle.setAttribute("aria-label", `${whose}, ${open ? "less" : "more"}`);
  say(toggle, open ? "▾" : "▸");
  badge.className = `badge ${incident.severity.toLowerCase()}`;
  say(badge, incident.severity === "info" ? "Info" : incident.severity);
  say(name, whose);
  say(note, incident.owner);
  say(cause, incident.causes.map(plain).join(", "));
  const silent = incident.cause === "silence"; // usage is missing: its dollars mean nothing
  const done = silent || OVER.has(incident.state);
  say(over, silent ? "–" : dollars(incident.accrued_nano_usd));
  say(pace, done ? "–" : `${short(incident.hourly_nano_usd)}/h`);
  say(projected, done ? "–" : short(incident.projected_nano_usd));
  const [begun, spent] = since.children;
  say(begun, moment(incident.opened_at));
  say(spent, lasted(incident, state.status?.time));
  say(standing, standingOf(incident));
  buttons(actions, incident, state);
}

function subject(incident) {
  const path = incident.owner.split("/");
  const own = path[path.length - 1] || incident.series.split(":")[0];
  const cuts = Object.entries(incident.dimensions).filter(([, value]) => !path.includes(value));
  const values = cuts.map(([, value]) => value).join(", ");
  return values ? `${own} (${values})` : own;
}

function lasted(incident, now) {
  const end = incident.resolved_at ?? now ?? incident.updated_at;
  return length(new Date(end) - new Date(incident.opened_at));
}

function standingOf(incident) {
  const parts = [capital(incident.state)];
  if (incident.by && ["acknowledged", "snoozed", "expected"].includes(incident.state)) {
    parts.push(`by ${incident.by}`);
  }
  if (incident.until && incident.state === "snoozed") parts.push(`until ${clock(incident.until)}`);
  return parts.join(" ");
}

function buttons(cell, incident, state) {
  const wanted = incident.answerable ? ACTIONS.filter(([action]) => fits(action, incident)) : [];
  reconcile(cell, wanted, ([action]) => action, ([action, label]) => {
    const button = make("button", { type: "button" }, label);
    button.addEventListener("click", () => answer(action, state.incidents.get(incident.id), state));
    return button;
  }, () => {});
}

const fits = (action, incident) => !(action === "acknowledge" && incident.state === "acknowledged");

function more(incident) {
  const cell = make("td", { colspan: NAMES.length, class: "more" },
    make("p", { class: "facts-line" }), make("ul"), make("figure"), make("p", { class: "note" }));
  const element = make("tr", { class: "inner" }, cell);
  fetchDay(incident, cell.children[2]);
  return element;
}

function fillMore(element, incident) {
  const [line, reasons, figure, note] = element.cells[0].children;
  say(line, incident.headline);
  const told = [...whys(incident.why), ...incident.reasons.map(reasonOf)];
  reconcile(reasons, told, (text) => text, () => make("li"), say);
  const words = [`${incident.id}, revision ${incident.revision}`, `rulebook ${incident.rulebook}`];
  if (incident.quiet) words.push(QUIET[incident.quiet] ?? incident.quiet);
  if (incident.places.length) words.push(`for ${incident.places.join(", ")}`);
  if (incident.merged_into) words.push(`merged into ${incident.merged_into}`);
  say(note, words.join(" · "));
  if (Date.now() - Number(figure.dataset.at ?? 0) > 30_000) fetchDay(incident, figure);
}

const reasonOf = (reason) => `${capital(reason.cause)}: ${reason.text}`;

function whys(why) {
  const parts = why.parts.map((part) => part.text).join(", ");
  return [["Why", parts], ["Where", why.where]].flatMap(([name, text]) =>
    text ? [`${name}: ${text}`] : []);
}

async function fetchDay(incident, figure) {
  figure.dataset.at = String(Date.now());
  try {
    const answered = await fetch(`/v1/incidents/${encodeURIComponent(incident.id)}`);
    if (!answered.ok) return;
    const found = parse(await answered.text());
    if (found.minutes) {
      const said = `Cost a minute of ${found.series}, ${day(found.minutes.start)} to now`;
      figure.replaceChildren(chart(found), make("figcaption", {}, said));
    }
  } catch {
    // The stream tells that the server is away; the chart comes with the next look.
  }
}
