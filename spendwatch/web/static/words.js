// Times, lengths and counts as people read them, in UTC and in no locale.

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const two = (number) => String(number).padStart(2, "0");

export function clock(time) {
  const at = new Date(time);
  return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
}

export function day(time) {
  const at = new Date(time);
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}`;
}

export const moment = (time) => `${day(time)} ${clock(time)}`;

export function length(milliseconds) {
  const minutes = Math.max(0, Math.floor(milliseconds / 60_000));
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor((minutes % 1440) / 60);
  const parts = [
    [days, days === 1 ? "day" : "days"],
    [hours, "h"],
    [minutes % 60, "min"],
  ];
  const said = parts.filter(([count]) => count).map(([count, unit]) => `${count} ${unit}`);
  return said.slice(0, 2).join(" ") || "0 min";
}

export function age(seconds) {
  if (seconds < 120) return `${Math.max(0, Math.round(seconds))} s`;
  return length(seconds * 1000);
}

export function count(number) {
  for (const [unit, size] of [["T", 1e12], ["B", 1e9], ["M", 1e6]]) {
    if (number >= size) return `${(number / size).toPrecision(3)} ${unit}`;
  }
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

export const plain = (name) => name.replaceAll("_", " ");

export const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

export const plural = (number, one, many) => `${count(number)} ${number === 1 ? one : many}`;

export const WINDOWS = [
  ["1h", "Last hour"],
  ["24h", "24 hours"],
  ["7d", "7 days"],
  ["month", "This month"],
];
