// The page: follows the server's stream of changes, or asks again and again where there is none.

import { budgets } from "./budgets.js";
import { one, say } from "./dom.js";
import { incidents } from "./incidents.js";
import { parse } from "./money.js";
import { pipeline } from "./pipeline.js";
import { spend } from "./spend.js";
import { clock } from "./words.js";

const REDRAW = 250;
const ASK = 5_000;
const AGAIN = 3_000;
const KEYS = { allocation: "series", budget: "name", incident: "id" };
const TABLES = { allocation: "allocations", budget: "budgets", incident: "incidents" };

const state = { allocations: new Map(), budgets: new Map(), incidents: new Map(), status: null };
let due = null;
let polling = null;

function redraw() {
  due = null;
  const whole = [...state.allocations.values()].find((each) => each.level === "organisation");
  state.organisation = whole?.name;
  say(one("organisation"), whole ? `${whole.name}: what AI costs now` : "Spendwatch");
  for (const part of [spend, incidents, budgets, pipeline]) part(state, redraw);
}

function soon() {
  due ??= setTimeout(redraw, REDRAW);
}

function connection(kind, words) {
  const element = one("connection");
  element.dataset.kind = kind;
  say(element, words);
}

function live() {
  const status = state.status;
  if (!status?.ready) connection("wait", "restoring from the log");
  else if (status.log !== "answers") connection("bad", "the log does not answer");
  else if (status.watermark_age_s === null) connection("wait", "waiting for usage");
  else connection(status.watermark_age_s > 600 ? "bad" : "good",
    `live, closed up to ${clock(status.watermark)}`);
}

function take(table, value) {
  if (table === "status") {
    state.status = value;
    live();
  } else if (table === "gone") {
    state[TABLES[value.table]]?.delete(value.key);
  } else {
    state[TABLES[table]].set(value[KEYS[table]], value);
  }
  soon();
}

function follow() {
  const source = new EventSource("/v1/changes");
  for (const table of [...Object.keys(TABLES), "gone", "status"]) {
    source.addEventListener(table, (event) => take(table, parse(event.data)));
  }
  source.addEventListener("open", () => {
    for (const table of Object.values(TABLES)) state[table].clear();
    clearInterval(polling);
    polling = null;
  });
  source.addEventListener("error", () => {
    connection("wait", "reconnecting");
    polling ??= setInterval(poll, ASK);
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, AGAIN);
  });
}

async function poll() {
  try {
    const names = [...Object.values(TABLES), "status"];
    const found = await Promise.all(names.map(ask));
    Object.keys(TABLES).forEach((table, at) => {
      const held = found[at][TABLES[table]];
      state[TABLES[table]] = new Map(held.map((each) => [each[KEYS[table]], each]));
    });
    take("status", found.at(-1));
  } catch {
    connection("bad", "the server does not answer");
  }
}

async function ask(name) {
  const answered = await fetch(`/v1/${name}`);
  if (!answered.ok) throw new Error(`${name}: ${answered.status}`);
  return parse(await answered.text());
}

follow();
