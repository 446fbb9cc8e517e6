// How far the pipeline is, what it could not use, price or own, and what still learns.

import { heads, make, one, reconcile, say, show } from "./dom.js";
import { part, percent, short } from "./money.js";
import { age, count, day, clock, moment, plain, plural } from "./words.js";

const MARKERS = 2; // On Kafka the ends of transactions count as records.

export function pipeline(state) {
  const status = state.status;
  if (!status) return;
  watermark(status);
  steps(status);
  gaps(status);
  refusals(status);
  learning(state);
}

function watermark(status) {
  say(one("watermark"), status.watermark
    ? `Minutes are closed up to ${moment(status.watermark)}, ${age(status.watermark_age_s)} ago.`
    : "No minute is closed yet.");
}

function steps(status) {
  const found = new Map();
  for (const { step, topic, partition, behind } of status.steps) {
    const key = `${step} ${topic}`;
    const known = found.get(key) ?? { key, step, topic, behind: 0, partitions: 0 };
    known.behind += behind > MARKERS ? behind : 0;
    known.partitions = Math.max(known.partitions, partition + 1);
    found.set(key, known);
  }
  const body = heads(one("steps"), [["Step"], ["Reads"], ["Behind", "number"]]);
  reconcile(body, [...found.values()], (each) => each.key,
    () => make("tr", {}, make("th", { scope: "row" }), make("td"), make("td", { class: "number" })),
    ({ cells }, each) => {
      say(cells[0], each.step);
      say(cells[1], each.topic);
      say(cells[2], each.behind ? plural(each.behind, "record", "records") : "up to date");
    });
  show(one("steps"), found.size > 0);
}

function gaps(status) {
  const [charges, cost] = [status.unpriced["24h"], status.unowned["24h"]];
  const refused = Object.values(status.rejected.by_reason).reduce((sum, each) => sum + each, 0);
  const unpriced = charges?.of ? charges.charges / charges.of : 0;
  const facts = [
    ["Rejected in 24 hours", plural(refused, "event", "events") + (status.rejected.whole ? "" : " and more")],
    ["Unpriced in 24 hours", charges ? `${count(charges.charges)} of ${plural(charges.of, "charge", "charges")}, ${percent(unpriced)}` : "–"],
    ["Unowned in 24 hours", cost ? `${short(cost.cost_nano_usd)} of ${short(cost.of_nano_usd)}, ${percent(part(cost.cost_nano_usd, cost.of_nano_usd))}` : "–"],
  ];
  reconcile(one("gaps"), facts, ([name]) => name, () => make("div", {}, make("dt"), make("dd")),
    (element, [name, text]) => {
      say(element.children[0], name);
      say(element.children[1], text);
    });
}

function refusals(status) {
  const reasons = Object.entries(status.rejected.by_reason).sort(([, one], [, other]) => other - one);
  reconcile(one("refusals"), reasons, ([reason]) => reason,
    () => make("p", { class: "refusal" }, make("strong"), make("span"), make("small")),
    (element, [reason, number]) => {
      const [name, often, last] = element.children;
      const newest = status.rejected.newest.find((each) => each.reason === reason);
      say(name, plain(reason));
      say(often, ` ${plural(number, "time", "times")}`);
      say(last, newest ? `last: ${newest.detail}` : "");
    });
}

function learning(state) {
  const all = [...state.allocations.values()];
  const learners = all.filter((each) => each.learning_until)
    .sort((one, other) => (one.series < other.series ? -1 : 1));
  const watched = all.length - learners.length;
  say(one("learning-count"), `${plural(watched, "owner is", "owners are")} watched, ` +
    `${plural(learners.length, "owner still learns", "owners still learn")} what is usual.`);
  show(one("learning"), learners.length > 0);
  reconcile(one("learners"), learners, (each) => each.series, () => make("li"), (item, each) =>
    say(item, `${each.owner || each.name}: until ${day(each.learning_until)} ${clock(each.learning_until)}`));
}
