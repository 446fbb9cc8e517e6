// The last day of a series, minute by minute: what it cost, and when its incident began.

import { draw } from "./dom.js";
import { dollars, nano } from "./money.js";
import { clock } from "./words.js";

const WIDE = 1000;
const HIGH = 160;
const FOOT = 22;
const MINUTE = 60_000;

export function chart(incident) {
  const { start, costs_nano_usd: costs } = incident.minutes;
  const from = Date.parse(start);
  const values = costs.map((cost) => (cost === null ? 0 : Number(nano(cost))));
  const most = Math.max(...values, 1);
  const x = (minute) => (minute * WIDE) / Math.max(values.length, 1);
  const y = (value) => HIGH - (value * (HIGH - 16)) / most;
  const picture = draw("svg", { viewBox: `0 0 ${WIDE} ${HIGH + FOOT}`, role: "img", class: "chart" });
  const title = draw("title");
  title.textContent = `At most ${dollars(BigInt(Math.round(most)))} a minute`;
  const area = values.map((value, at) => `L${x(at).toFixed(1)} ${y(value).toFixed(1)}` +
    `L${x(at + 1).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  picture.append(
    title,
    draw("path", { d: `M0 ${HIGH}${area}L${WIDE} ${HIGH}Z`, class: "area" }),
    ...hours(from, values.length, x),
    text(4, 11, `${dollars(BigInt(Math.round(most)))} a minute`, "start"),
    ...span(incident, from, values.length, x),
  );
  return picture;
}

function hours(from, length, x) {
  const marks = [];
  for (let minute = 0; minute < length; minute += 1) {
    const at = from + minute * MINUTE;
    if (at % (4 * 60 * MINUTE) === 0) {
      marks.push(draw("line", { x1: x(minute), x2: x(minute), y1: 16, y2: HIGH, class: "grid" }));
      marks.push(text(x(minute), HIGH + 15, clock(at), "middle"));
    }
  }
  return marks;
}

function span(incident, from, length, x) {
  const begin = (Date.parse(incident.opened_at) - from) / MINUTE;
  const end = incident.resolved_at ? (Date.parse(incident.resolved_at) - from) / MINUTE : length;
  if (end <= 0 || begin >= length) return [];
  const [left, right] = [x(Math.max(0, begin)), x(Math.min(length, end))];
  return [draw("rect", { x: left, y: 16, width: Math.max(2, right - left), height: HIGH - 16, class: "span" })];
}

function text(x, y, words, anchor) {
  const made = draw("text", { x, y, "text-anchor": anchor });
  made.textContent = words;
  return made;
}
