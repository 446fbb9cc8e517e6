"""Why it is over: an excess split into its parts, in whole nano-dollars that sum to it exactly.

A cost is what its calls are worth: calls x tokens a call x price a token. Beside what is usual, in
that order: more calls; calls that failed, by what they cost; longer calls; fewer tokens from the
cache; other rates; and what is left, dearer models or another mix of work. What has no tokens is
measured by its units alone, which makes it volume, price and mix. (Laspeyres, in a chain: each step
goes from the usual to the seen with what comes before it moved already; docs/detection.md.)
"""

from dataclasses import dataclass, replace
from fractions import Fraction

from ledger.makeup import MOST, WRITTEN, Amounts, amount, calls, measured, tokens
from schemas import clues
from schemas.states import Bucket


def split_excess(usual: Bucket, seen: Bucket, amounts: Amounts) -> dict[str, int]:
    """The parts of an excess, by `PARTS`; those that are 0 are left out.

    `usual` and `seen` say what the cost is made of, each for as long as it may be: they are scaled
    to the two amounts. All is volume where one of them is not known, or where they are so unlike
    that a part would be beyond MOST.
    """
    known = _known(usual, seen, amounts)
    found = {name: round(part) for name, part in _steps(*known).items()} if known else {}
    found["model_mix"] = amounts.excess - sum(found.values())
    if not known or max(map(abs, found.values())) >= MOST:
        found = {"volume": amounts.excess}
    return {name: found[name] for name in clues.PARTS if found.get(name)}


def _known(usual: Bucket, seen: Bucket, amounts: Amounts) -> "tuple[_Made, _Made, str] | None":
    """What both are made of, scaled, and what measures them."""
    measure = measured(usual, seen)
    if measure is None or min(amounts.expected, amounts.observed) <= 0:
        return None
    before, now = _made(usual, measure, amounts.expected), _made(seen, measure, amounts.observed)
    if not before.calls or (amounts.per_call and not now.calls):
        return None
    return (before.of_calls(now.calls) if amounts.per_call else before), now, measure


@dataclass(frozen=True, slots=True)
class _Made:
    """What a cost is made of."""

    cost: Fraction
    calls: Fraction
    """Those that did not fail, or units."""

    failed: Fraction
    wasted: Fraction
    size: Fraction
    """Weighted tokens, or units."""

    read: Fraction
    saved: Fraction
    written: Fraction
    paid: Fraction
    """Tokens read from and written to a cache; nano-dollars that it saved and cost."""

    repriced: Fraction

    def of_calls(self, count: Fraction) -> "_Made":
        """The same cost for another number of calls, each as long as before."""
        more = count / self.calls
        named = ("calls", "failed", "size", "read", "written")
        return replace(self, **{name: more * getattr(self, name) for name in named})

    def without(self, failures: Fraction) -> "_Made":
        """Without failed calls that cost so much and were like the others."""
        left = 1 - failures / self.cost
        named = ("size", "read", "saved", "written", "paid", "repriced")
        return replace(self, **{name: left * getattr(self, name) for name in named})


def _made(bucket: Bucket, measure: str, cost: int) -> _Made:
    """A bucket scaled to a cost."""
    scale = Fraction(cost, bucket.cost)
    fails = measure in ("tokens", "requests")
    failed = max(amount(bucket, clues.FAILED), 0) if fails else 0
    count = calls(bucket) if fails else amount(bucket, measure)
    well = scale * max(count - failed, 0)
    return _Made(
        cost=Fraction(cost),
        calls=well,
        failed=scale * failed,
        wasted=scale * min(max(amount(bucket, clues.WASTED), 0), bucket.cost),
        size=scale * tokens(bucket) if measure == "tokens" else well,
        read=scale * amount(bucket, "cache_read"),
        saved=scale * amount(bucket, clues.SAVED),
        written=scale * sum(amount(bucket, name) for name in WRITTEN),
        paid=scale * amount(bucket, clues.PAID),
        repriced=scale * amount(bucket, clues.REPRICED),
    )


def _steps(usual: _Made, seen: _Made, measure: str) -> dict[str, Fraction]:
    """All parts but what is left."""
    more = seen.calls / usual.calls
    retries = _failures(usual, seen, more)
    tokened = measure == "tokens"
    rest = seen.without(retries) if tokened else seen
    longer = rest.size / usual.size if tokened else more
    # what was dearer in the week already is usual by now, as far as it is dearer at all
    least, most = sorted((Fraction(0), rest.repriced))
    return {
        "volume": usual.cost * (more - 1),
        "retries": retries,
        "tokens_per_call": usual.cost * (longer - more),
        "cache_rate": _uncached(usual, rest, longer),
        "price": rest.repriced - min(max(usual.repriced * longer, least), most),
    }


def _failures(usual: _Made, seen: _Made, more: Fraction) -> Fraction:
    """What failed calls cost beyond those that are usual among so many calls."""
    beyond = seen.failed - usual.failed * more
    if beyond <= 0:
        return beyond * usual.wasted / usual.failed if usual.failed else Fraction(0)
    grown = max(seen.wasted - usual.wasted * more, Fraction(0))
    return min(beyond * seen.wasted / seen.failed, grown)


def _uncached(usual: _Made, seen: _Made, longer: Fraction) -> Fraction:
    """What fewer reads from a cache cost, and more writes to it, at the usual worth of each."""
    fewer = usual.read * longer - seen.read
    more = seen.written - usual.written * longer
    return fewer * _worth(usual.saved, usual.read, seen.saved, seen.read) + more * _worth(
        usual.paid, usual.written, seen.paid, seen.written
    )


def _worth(usual: Fraction, of: Fraction, seen: Fraction, of_seen: Fraction) -> Fraction:
    """Nano-dollars a token as usual, or as seen where nothing is usual."""
    if of > 0:
        return usual / of
    return seen / of_seen if of_seen > 0 else Fraction(0)
