// Draws a report: tables, alarms by week, the knob, and series with their band. Text is only ever
// set as text.

"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const root = document.getElementById("page");
const SIDES = ["today", "changed"].slice(0, data.sides.length);
const GRADES = ["SEV1", "SEV2", "SEV3", "info"];
const HOUR = 3_600_000;
const WIDE = 1200;
const FIRST = 8;
const OWNERS = 13;

function made(name, attributes = {}, ...inside) {
  return filled(document.createElement(name), attributes, inside);
}

function drawn(name, attributes = {}, ...inside) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, inside);
}

function filled(element, attributes, inside) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(key, value);
  }
  element.append(...inside.filter((one) => one !== undefined && one !== null));
  return element;
}

function section(title, ...inside) {
  const kept = inside.flat().filter((one) => one !== undefined && one !== null);
  if (kept.length) root.append(made("section", {}, made("h2", {}, title), ...kept));
}

function table(head, rows, numbers = [], rowClass = () => undefined) {
  const cell = (kind, at, value) =>
    filled(made(kind), { class: numbers.includes(at) ? "number" : undefined }, [value]);
  const body = rows.map((row, number) => made("tr", { class: rowClass(row, number) },
    ...row.map((value, at) => cell(at ? "td" : "th", at, value))));
  return made("div", { class: "wide" }, made("table", {},
    made("thead", {}, made("tr", {}, ...head.map((value, at) => cell("th", at, value)))),
    made("tbody", {}, ...body)));
}

const two = (number) => number.toFixed(2);
const badge = (grade) => made("span", { class: `badge ${grade}` }, grade);
const soft = (text) => made("span", { class: "reason" }, text);
const when = (text) => made("span", { class: "when" }, text);

function glance() {
  const rows = [
    ["Incidents", ...data.sides.map((one) => String(one.count))],
    ["Alarms a week", ...data.sides.map((one) => two(one.a_week))],
    ...GRADES.map((grade) => [grade, ...data.sides.map((one) => two(one.by_severity[grade]))]),
    ["Delay, median", ...data.sides.map((one) => one.delay)],
    ["Lost before telling", ...data.sides.map((one) => one.lost)],
    ["Excess of all incidents", ...data.sides.map((one) => one.accrued)],
    ["False alarms a month expected", ...data.sides.map((one) => two(one.false_alarms.expected_a_month))],
    ["Alarms a month counted", ...data.sides.map((one) => two(one.false_alarms.counted_a_month))],
  ];
  if (data.sides.every((one) => one.labels)) rows.push(...scored());
  const numbers = SIDES.map((_, at) => at + 1);
  const owners = [...new Set(data.sides.flatMap((one) => Object.keys(one.by_owner)))];
  const byOwner = owners.map((name) => [name, ...data.sides.map((one) => two(one.by_owner[name] || 0))]);
  section("At a glance",
    data.set.length ? made("p", {}, "Changed: ", ...data.set.flatMap((one, at) => [at ? ", " : "", made("code", {}, one)])) : null,
    made("div", { class: "tables" },
      table(["", ...SIDES], rows, numbers, (row) => (GRADES.includes(row[0]) ? "inner" : undefined)),
      folded(byOwner, OWNERS, (some) => table(["Alarms a week by owner", ...SIDES], some, numbers))),
    ...notes());
}

function scored() {
  const share = (part) => (part === null ? "-" : two(part));
  const of = (say) => data.sides.map((one) => say(one.labels));
  return [
    ["Precision, of those labelled", ...of((one) => share(one.precision))],
    ["Recall of the real", ...of((one) => `${share(one.recall)} (${one.real_found} of ${one.real})`)],
    ["Real, dollars told of", ...of((one) => one.found)],
    ["Lost before, of those", ...of((one) => one.lost)],
    ["Told without a label", ...of((one) => String(one.told_unlabelled))],
  ];
}

function notes() {
  const alarms = data.sides[0].false_alarms;
  const found = [];
  const say = (text) => found.push(made("p", { class: "note" }, text));
  if (alarms.series) {
    say(`Expected: as counted on clean weeks at these return periods, for ${alarms.series} series.` +
      (alarms.holds ? "" : ` Below once in 50 days nothing was counted: it is taken to grow as 1/T; the shortest here is ${alarms.once_in_days}.`) +
      " Counted: alarms but for those labelled as real.");
  }
  const out = data.history.left_out.map((one) => `${one.rule} (${one.why})`);
  if (out.length) say(`Left out: ${out.join(", ")}.`);
  for (const one of data.history.notes) say(one);
  return found;
}

function weeks() {
  const [high, foot] = [150, 24];
  const totals = data.sides.map((one) => one.weeks.map((week) => GRADES.reduce((sum, grade) => sum + week[grade], 0)));
  const most = Math.max(1, ...totals.flat());
  const count = totals[0].length;
  const step = (WIDE - 40) / count;
  const wide = Math.min(34, (step * 0.7) / SIDES.length);
  const picture = drawn("svg", { viewBox: `0 0 ${WIDE} ${high + foot}`, role: "img", "aria-label": "Alarms of each week" });
  for (const value of [0, most]) {
    const y = high - (value * (high - 14)) / most;
    picture.append(drawn("line", { x1: 40, x2: WIDE, y1: y, y2: y, class: "grid" }),
      drawn("text", { x: 34, y: y + 4, "text-anchor": "end" }, String(value)));
  }
  totals.forEach((side, which) => side.forEach((value, at) => {
    const x = 40 + step * at + step / 2 + (which - SIDES.length / 2) * wide;
    const size = (value * (high - 14)) / most;
    picture.append(drawn("rect", { x, y: high - size, width: wide - 2, height: size, class: SIDES[which] },
      drawn("title", {}, `${SIDES[which]}: ${value} in the week from ${data.sides[0].weeks[at].start.slice(0, 10)}`)));
  }));
  const every = Math.ceil(count / 13);
  data.sides[0].weeks.forEach((week, at) => {
    if (at % every === 0) picture.append(drawn("text", { x: 40 + step * (at + 0.5), y: high + 17, "text-anchor": "middle" }, week.start.slice(5, 10)));
  });
  section("Alarms of each week", legend(SIDES.map((side) => [side, `var(--${side})`])), picture);
}

function legend(keys) {
  return made("ul", { class: "legend" }, ...keys.map(([name, colour]) => made("li", { style: `--key: ${colour}` }, name)));
}

const HEAD = ["Told", "Severity", "Series", "Excess", "Lost before", "Delay", "Reason"];

function incidents(rows) {
  return folded(rows, FIRST, (some) => table(HEAD, some.map((one) => [when(one.at), badge(one.severity), one.series, one.accrued, one.lost, when(one.delay), soft(one.reason)]), [3, 4]));
}

function folded(rows, first, shown) {
  if (rows.length <= first + 2) return shown(rows);
  return made("div", {}, shown(rows.slice(0, first)),
    made("details", {}, made("summary", {}, `${rows.length - first} more`), shown(rows.slice(first))));
}

function listed(title, rows, words) {
  if (data.sides.length < 2) return;
  section(`${title}: ${rows.length}`, made("p", { class: "note" }, words), rows.length ? incidents(rows) : null);
}

function moved(rows) {
  return table(["Told today", "Series", "By the change", "Lost before, today", "Changed"],
    rows.map((one) => [when(one.at), one.series, one.by, one.today, one.changed]), [3, 4]);
}

function knob() {
  if (!data.knob.length) return;
  const now = Math.max(0, data.knob.findIndex((one) => one.factor === 1));
  const slider = made("input", { type: "range", id: "knob", min: 0, max: data.knob.length - 1, step: 1, value: now, list: "stops" });
  const stops = made("datalist", { id: "stops" }, ...data.knob.map((_, at) => made("option", { value: at })));
  const told = made("output", { for: "knob", id: "told" });
  const tiles = made("dl", { class: "tiles", id: "tiles" });
  const typed = made("pre", { id: "typed" });
  const below = made("div", { id: "alarms" });
  const curve = drawn("svg", { viewBox: "0 0 600 190", role: "img", "aria-label": "Alarms a week by position of the knob" });
  function turn() {
    const at = Number(slider.value);
    const one = data.knob[at];
    told.textContent = `${two(one.false_alarms_a_month)} false alarms a month expected`;
    slider.setAttribute("aria-valuetext", `${told.textContent}, ${two(one.a_week)} alarms a week`);
    tiles.replaceChildren(...[["alarms a week", two(one.a_week)], ...GRADES.map((grade) => [grade, two(one.by_severity[grade])])]
      .map(([name, value]) => made("div", {}, made("dt", {}, name), made("dd", {}, value))));
    typed.textContent = one.set.map((set) => `--set ${set}`).join("\n");
    below.replaceChildren(made("h3", {}, `The dearest alarms at this position`), incidents(one.incidents));
    bars(curve, at);
  }
  slider.addEventListener("input", turn);
  turn();
  section("The knob",
    made("div", { class: "knob" },
      made("div", {}, made("label", { for: "knob" }, "Expected false alarms: fewer to the left, more to the right"), slider, stops, told, tiles, typed),
      made("figure", {}, curve)),
    made("p", { class: "note" }, "Told from one run under today's rulebook: learning is as it was there, and strange hours of a series within a day are one alarm. So this is a guide; what a setting says exactly is had by giving it to --set."),
    below);
}

function bars(picture, chosen) {
  const most = Math.max(0.1, ...data.knob.map((one) => one.a_week));
  const step = 560 / data.knob.length;
  picture.replaceChildren(drawn("text", { x: 0, y: 12 }, "alarms a week"));
  data.knob.forEach((one, at) => {
    const size = (one.a_week * 130) / most;
    const x = 20 + step * at;
    picture.append(
      drawn("rect", { x: x + 4, y: 160 - size, width: step - 8, height: size, class: at === chosen ? "today chosen" : "today", opacity: at === chosen ? 1 : 0.55 },
        drawn("title", {}, `${two(one.false_alarms_a_month)} expected a month: ${two(one.a_week)} alarms a week`)),
      drawn("text", { x: x + step / 2, y: 154 - size, "text-anchor": "middle" }, two(one.a_week)),
      drawn("text", { x: x + step / 2, y: 178, "text-anchor": "middle" }, one.factor === 1 ? "now" : `x ${one.factor}`));
  });
}

function plots() {
  const some = data.plots.series;
  if (!some.length) return;
  const more = data.plots.all - some.length;
  section("Series with incidents",
    legend([["cost of each hour", "var(--cost)"], ["usual", "var(--accent)"], ["up to where nothing is said", "var(--band)"], ...SIDES.map((side) => [`told by ${side === "today" ? "today's rulebook" : "the change"}`, `var(--${side})`])]),
    ...some.map(plot),
    more > 0 ? made("p", { class: "note" }, `The ${some.length} dearest are drawn, of ${data.plots.all}.`) : null);
}

function plot(one) {
  const [high, foot, top] = [150, 20, 22];
  const from = Date.parse(one.start);
  const count = one.costs.length;
  const caps = one.costs.map((cost, at) => Math.max(cost, one.usual[at] || 0)).sort((a, b) => a - b);
  const usualTop = caps[Math.min(count - 1, Math.floor(count * 0.995))];
  const most = Math.max(Math.min(caps[count - 1], usualTop * 3), 1e-9);
  const x = (hour) => 50 + (hour * (WIDE - 50)) / count;
  const y = (usd) => high - (Math.min(usd, most) * (high - top)) / most;
  const picture = drawn("svg", { viewBox: `0 0 ${WIDE} ${high + foot}`, role: "img", "aria-label": `Cost of ${one.series} by the hour` });
  const line = (values) => {
    let [path, pen] = ["", "M"];
    values.forEach((value, at) => {
      if (value === null) { pen = "M"; return; }
      path += `${pen}${x(at + 0.5).toFixed(1)} ${y(value).toFixed(1)}`;
      pen = "L";
    });
    return path;
  };
  picture.append(drawn("path", { d: area(one.bars, x, y, high), class: "band" }));
  for (let at = 0; at < count; at += 1) {
    const time = new Date(from + at * HOUR);
    if (time.getUTCDate() === 1 && time.getUTCHours() === 0) {
      picture.append(drawn("line", { x1: x(at), x2: x(at), y1: top, y2: high, class: "grid" }),
        drawn("text", { x: x(at) + 3, y: high + 14 }, time.toISOString().slice(0, 10)));
    }
  }
  picture.append(drawn("line", { x1: 50, x2: WIDE, y1: high, y2: high, class: "grid" }),
    drawn("text", { x: 46, y: top + 4, "text-anchor": "end" }, money(most)),
    drawn("text", { x: 46, y: high, "text-anchor": "end" }, "$0"),
    drawn("path", { d: line(one.usual), class: "usual" }),
    drawn("path", { d: line(one.costs), class: "cost" }));
  one.heard.forEach((heard, which) => heard.forEach((each) => mark(picture, each, which, from, x, top, high)));
  return made("figure", {}, made("h3", {}, one.series, made("small", {}, `, at most ${money(caps[count - 1])} an hour`)), picture);
}

function area(values, x, y, high) {
  let path = "";
  values.forEach((value, at) => {
    if (value !== null) path += `M${x(at).toFixed(1)} ${high}V${y(value).toFixed(1)}H${x(at + 1).toFixed(1)}V${high}Z`;
  });
  return path;
}

function mark(picture, one, which, from, x, top, high) {
  const at = (time) => x((Date.parse(time) - from) / HOUR);
  const [begin, told] = [at(one.start), at(one.told_at)];
  const end = one.resolved_at ? at(one.resolved_at) : WIDE;
  const side = SIDES[which];
  const words = `${side}: ${one.severity}, told ${one.at}, ${one.accrued}: ${one.reason}`;
  picture.append(
    drawn("rect", { x: begin, y: top, width: Math.max(2, end - begin), height: high - top, class: `span ${side}` }, drawn("title", {}, words)),
    drawn("path", { d: which ? `M${told - 5} ${top - 2}h10l-5 8z` : `M${told - 5} ${top - 18}h10l-5 8z`, class: side }, drawn("title", {}, words)));
}

function money(usd) {
  if (usd >= 1000) return `$${Math.round(usd).toLocaleString("en-US")}`;
  return usd >= 10 ? `$${usd.toFixed(0)}` : `$${usd.toPrecision(2)}`;
}

function over() {
  data.sides.forEach((one, which) => {
    const rows = one.false_alarms.over.map((each) => [each.series, String(each.counted), two(each.expected)]);
    if (rows.length) {
      section(`Over three times the alarms expected, ${SIDES[which]}: ${rows.length}`,
        made("p", { class: "note" }, "The days of these series are not alike, or they did overrun: label what was real, split the series, or give it a higher floor."),
        table(["Series", "Counted", "Expected"], rows, [1, 2]));
    }
  });
}

function patch() {
  if (!data.patch) return;
  const lines = data.patch.split("\n").map((line) => made("span",
    { class: line.startsWith("+") ? "plus" : line.startsWith("-") ? "minus" : undefined }, `${line}\n`));
  section("The patch", made("pre", {}, ...lines));
}

document.getElementById("about").textContent =
  `${data.from} to ${data.to}, ${data.days} days. ${data.history.made_of}; ` +
  `${data.history.series} series, ${data.history.watched} of them watched.`;
glance();
patch();
weeks();
knob();
plots();
listed("Vanish", data.vanish, "Told by today's rulebook and no more by the change.");
listed("Appear", data.appear, "Told by the change alone.");
if (data.moved.length) section(`Told at another time: ${data.moved.length}`, folded(data.moved, FIRST, moved));
if (data.sides.length < 2 && data.incidents.length) section(`Incidents: ${data.incidents.length}`, incidents(data.incidents));
over();
