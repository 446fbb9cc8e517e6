// Money is integer nano-dollars, kept as BigInt: a double would lose them from $9 million on.

const NANO = 1_000_000_000n;
const MONEY = /("[a-z_]*nano_usd(?:_per_hour)?":\s*)(-?\d+)/g;
const SERIES = /("costs_nano_usd":\s*)(\[[^\]]*\])/g;

// JSON as the server sends it. No string can hold what MONEY looks for: its quotes are escaped.
export function parse(text) {
  const quoted = text
    .replace(MONEY, '$1"$2"')
    .replace(SERIES, (_, name, list) => name + list.replace(/-?\d+/g, '"$&"'));
  return JSON.parse(quoted);
}

export const nano = (value) => BigInt(value ?? 0);

// As schemas/money.py: $1,234.50; under ten cents two digits that count; rounded half-even.
export function dollars(value) {
  const amount = nano(value);
  const size = amount < 0n ? -amount : amount;
  const digits = size.toString().length;
  const places = size === 0n ? 2 : Math.min(9, Math.max(2, 11 - digits));
  const [whole, part] = rounded(size, places);
  const cents = part.replace(/0+$/, "").padEnd(2, "0");
  return `${amount < 0n ? "-" : ""}$${grouped(whole)}.${cents}`;
}

// In whole dollars from $100 on, where cents only make a line longer.
export function short(value) {
  const amount = nano(value);
  const size = amount < 0n ? -amount : amount;
  if (size < 100n * NANO) return dollars(amount);
  return `${amount < 0n ? "-" : ""}$${grouped(rounded(size, 0)[0])}`;
}

function rounded(size, places) {
  const unit = 10n ** BigInt(9 - places);
  let count = size / unit;
  const twice = (size % unit) * 2n;
  if (twice > unit || (twice === unit && count % 2n === 1n)) count += 1n;
  const scale = 10n ** BigInt(places);
  return [count / scale, places ? (count % scale).toString().padStart(places, "0") : ""];
}

export const grouped = (whole) => whole.toString().replace(/\B(?=(\d{3})+$)/g, ",");

// A part of a whole as a number from 0 to 1, exact enough to be drawn.
export function part(of, whole) {
  const all = nano(whole);
  return all > 0n ? Number((nano(of) * 1_000_000n) / all) / 1_000_000 : 0;
}

export function percent(share) {
  if (share <= 0) return "0 %";
  if (share < 0.001) return "under 0.1 %";
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}
