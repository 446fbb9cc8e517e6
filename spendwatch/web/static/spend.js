// The organisation's totals, and what each owner bears: business unit, service, application.

import { heads, make, one, reconcile, say } from "./dom.js";
import { dollars, nano, part } from "./money.js";
import { WINDOWS, count, plural } from "./words.js";

const TREE = ["business_unit", "service", "application"];
const NOBODY = "unowned"; // On every level the same, so the widest is enough.
const closed = new Set();
let chosen = "24h";

export function spend(state, again) {
  const all = [...state.allocations.values()];
  const whole = all.find((owner) => owner.level === "organisation");
  totals(whole);
  chooser(again);
  table(all, whole, again);
}

const windowOf = (owner, name) => owner?.windows.find((window) => window.window === name);
const cost = (owner, name = chosen) => nano(windowOf(owner, name)?.cost_nano_usd);

function totals(whole) {
  reconcile(one("totals"), WINDOWS, ([name]) => name, tile, (element, [name, label]) => {
    const window = windowOf(whole, name);
    say(element.children[0], label);
    say(element.children[1], window ? dollars(window.cost_nano_usd) : "–");
    say(element.children[2], window ? `${plural(window.tokens, "token", "tokens")}, ${plural(window.calls, "call", "calls")}` : "");
  });
}

const tile = () => make("div", {}, make("dt"), make("dd", { class: "large" }), make("dd"));

function chooser(again) {
  const box = one("windows");
  if (box.querySelector("input")) return;
  for (const [name, label] of WINDOWS) {
    const input = make("input", { type: "radio", name: "window", value: name, checked: name === chosen });
    input.addEventListener("change", () => {
      chosen = name;
      again();
    });
    box.append(make("label", {}, input, label));
  }
}

function table(all, whole, again) {
  const names = [
    ["Owner"],
    ...WINDOWS.map(([, label]) => [label, "number"]),
    ["Direct", "number detail"],
    ["Shared", "number detail"],
    ["Tokens", "number detail"],
    ["Calls", "number detail"],
  ];
  const body = heads(one("spend"), names);
  [...one("spend").tHead.rows[0].cells].forEach((cell, at) => {
    cell.classList.toggle("chosen", at > 0 && at <= WINDOWS.length && WINDOWS[at - 1][0] === chosen);
  });
  const largest = cost(whole);
  reconcile(body, lines(all), (line) => line.owner.series, row(again), (element, line) => {
    fill(element, line, largest);
  });
}

// Units with their services and applications, dearest first; then what is shared by pools.
function lines(all) {
  const children = new Map();
  for (const owner of all.filter((each) => TREE.includes(each.level))) {
    const above = owner.owner.split("/").slice(0, -1).join("/");
    children.set(above, [...(children.get(above) ?? []), owner]);
  }
  const found = [];
  const walk = (path, depth) => {
    const below = (children.get(path) ?? []).sort(dearer);
    for (const owner of below) {
      const inner = children.has(owner.owner) && owner.name !== NOBODY;
      found.push({ owner, depth, inner });
      if (inner && !closed.has(owner.owner)) walk(owner.owner, depth + 1);
    }
  };
  walk("", 0);
  const pools = all.filter((each) => each.level === "pool" || each.level === "unallocated");
  const shown = pools.filter((each) => each.level === "pool" || cost(each, "month") !== 0n);
  for (const owner of shown.sort(dearer)) found.push({ owner, depth: 0, inner: false, pool: true });
  return found;
}

function dearer(one, other) {
  const [mine, yours] = [cost(one), cost(other)];
  if (mine !== yours) return mine > yours ? -1 : 1;
  return one.series < other.series ? -1 : 1;
}

const row = (again) => (line) => {
  const toggle = make("button", { type: "button", class: "toggle" });
  toggle.addEventListener("click", () => {
    const path = line.owner.owner;
    if (!closed.delete(path)) closed.add(path);
    again();
  });
  const name = make("th", { scope: "row" }, toggle, make("span", { class: "name" }),
    make("small"), make("span", { class: "bar", "aria-hidden": "true" }));
  return make("tr", {}, name, ...Array.from({ length: 8 }, (_, at) =>
    make("td", { class: at < 4 ? "number" : "number detail" })));
};

function fill(element, { owner, depth, inner, pool }, largest) {
  const [head, ...cells] = element.cells;
  element.className = `depth-${depth}${pool ? " pool" : ""}`;
  const [toggle, name, note, bar] = head.children;
  const open = !closed.has(owner.owner);
  toggle.hidden = !inner;
  toggle.setAttribute("aria-expanded", String(open));
  toggle.setAttribute("aria-label", `${owner.name}, ${open ? "fold" : "unfold"}`);
  say(toggle, open ? "▾" : "▸");
  say(name, owner.name);
  say(note, notes(owner, pool));
  bar.style.width = `${Math.min(100, part(cost(owner), largest) * 100)}%`;
  const window = windowOf(owner, chosen);
  const money = WINDOWS.map(([each]) => dollars(windowOf(owner, each)?.cost_nano_usd));
  const shared = nano(window?.shared_nano_usd);
  const texts = [...money, dollars(window?.direct_nano_usd), shared ? dollars(shared) : "–",
    window?.tokens ? count(window.tokens) : "–", window?.calls ? count(window.calls) : "–"];
  texts.forEach((text, at) => say(cells[at], text));
  cells.forEach((cell, at) => cell.classList.toggle("chosen", WINDOWS[at]?.[0] === chosen));
}

function notes(owner, pool) {
  if (owner.level === "unallocated") return "pool cost that nobody caused";
  if (pool) return "shared pool, counted in its members’ shared cost";
  if (owner.name === NOBODY) return "no rule of the rulebook says whose";
  return "";
}
