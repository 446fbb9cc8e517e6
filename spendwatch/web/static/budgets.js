// Budgets: what is spent, where it is going, and the marks on the way.

import { draw, heads, make, one, reconcile, say, show } from "./dom.js";
import { nano, part, percent, short } from "./money.js";
import { day } from "./words.js";

const NAMES = [
  ["Budget"], ["Spent", "number"], ["Of", "number"], ["", "number"], ["Marks and forecast", "gauge"],
  ["Forecast", "number"], ["Likely between", "number"], ["Until"],
];
const WIDE = 300;
const HIGH = 32;
const TOP = 12;

export function budgets(state) {
  const all = [...state.budgets.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  show(one("budgets"), all.length > 0);
  show(one("no-budgets"), all.length === 0);
  const body = heads(one("budgets"), NAMES);
  reconcile(body, all, (budget) => budget.name, row, fill);
}

const row = () => make("tr", {}, make("th", { scope: "row" }, make("span", { class: "name" }), make("small")),
  ...NAMES.slice(1).map(([, kind]) => make("td", { class: kind ?? null })));

function fill(element, budget) {
  const [head, spent, amount, share, gauge, forecast, band, until] = element.cells;
  const used = nano(budget.spent_nano_usd);
  say(head.children[0], budget.name);
  say(head.children[1], nano(budget.shared_nano_usd) ? `${short(budget.shared_nano_usd)} of it shared` : "");
  say(spent, short(used));
  say(amount, short(budget.amount_nano_usd));
  say(share, percent(part(used, budget.amount_nano_usd)));
  say(forecast, short(budget.forecast_nano_usd));
  say(band, `${short(budget.low_nano_usd)} – ${short(budget.high_nano_usd)}`);
  say(until, day(Date.parse(budget.end) - 1));
  const drawn = `${used}|${budget.forecast_nano_usd}|${budget.amount_nano_usd}|${budget.marks}`;
  if (gauge.dataset.drawn !== drawn) gauge.replaceChildren(picture(budget, used));
  gauge.dataset.drawn = drawn;
}

// Amount is where 100 % stands; what is beyond twice the amount is drawn at the edge.
function picture(budget, used) {
  const of = (value) => part(value, budget.amount_nano_usd);
  const most = Math.min(2, Math.max(1.25, of(budget.forecast_nano_usd) * 1.05, of(used) * 1.05));
  const x = (share) => (Math.min(share, most) / most) * WIDE;
  const marks = budget.marks.flatMap((mark) => markAt(mark, x(mark / 100)));
  const at = x(of(budget.forecast_nano_usd));
  const said = `${percent(of(used))} spent, ${percent(of(budget.forecast_nano_usd))} forecast, ` +
    `marks at ${budget.marks.join(", ")} %`;
  const title = draw("title");
  title.textContent = said;
  const over = of(used) >= 1 ? "over" : of(budget.forecast_nano_usd) > 1 ? "near" : "under";
  return draw("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", class: `gauge-${over}` }, title,
    draw("rect", { x: 0, y: TOP + 2, width: WIDE, height: 9, rx: 3, class: "track" }),
    draw("rect", { x: 0, y: TOP + 2, width: x(of(used)), height: 9, rx: 3, class: "used" }),
    ...marks,
    draw("path", { d: `M${at} ${HIGH - 7}l4 6h-8z`, class: "forecast" }));
}

function markAt(mark, x) {
  const label = draw("text", { x: Math.min(x, WIDE - 8), y: 9, "text-anchor": "middle" });
  label.textContent = mark;
  const kind = mark === 100 ? "mark whole" : "mark";
  return [draw("line", { x1: x, x2: x, y1: TOP, y2: TOP + 13, class: kind }), label];
}
