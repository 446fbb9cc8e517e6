"""Adding up buckets: whole numbers, quantities that are 0 left out."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain
from operator import attrgetter

from schemas.kinds import RESTATED
from schemas.states import Bucket
from streams.steps.step import Draft, Key

NOTHING = Bucket()
PLAIN = ("cost", "late", "restated", "shared", "charges", "unpriced", "unowned")
"""All that a bucket holds but its quantities."""

plain_of = attrgetter(*PLAIN)


def plus(one: Bucket, other: Bucket) -> Bucket:
    """Both together."""
    if one is NOTHING:
        return other
    if other is NOTHING:
        return one
    return Bucket(
        cost=one.cost + other.cost,
        late=one.late + other.late,
        restated=one.restated + other.restated,
        shared=one.shared + other.shared,
        charges=one.charges + other.charges,
        unpriced=one.unpriced + other.unpriced,
        unowned=one.unowned + other.unowned,
        quantities=_summed(one.quantities, other.quantities, 1),
    )


def minus(one: Bucket, other: Bucket) -> Bucket:
    """The first without the second."""
    return Bucket(
        cost=one.cost - other.cost,
        late=one.late - other.late,
        restated=one.restated - other.restated,
        shared=one.shared - other.shared,
        charges=one.charges - other.charges,
        unpriced=one.unpriced - other.unpriced,
        unowned=one.unowned - other.unowned,
        quantities=_summed(one.quantities, other.quantities, -1),
    )


def _summed(one: Mapping[str, int], other: Mapping[str, int], sign: int) -> Mapping[str, int]:
    if not other:
        return one
    found = dict(one)
    for name, amount in other.items():
        found[name] = found.get(name, 0) + sign * amount
    if all(found.values()):
        return found
    return {name: amount for name, amount in found.items() if amount}


class Sum:
    """A bucket that is being filled: what many small additions need."""

    __slots__ = (
        "_charges",
        "_cost",
        "_late",
        "_quantities",
        "_restated",
        "_shared",
        "_unowned",
        "_unpriced",
        "some",
    )

    def __init__(self, begun: Bucket | None) -> None:
        known = NOTHING if begun is None else begun
        self.some = begun is not None
        self._cost, self._late, self._shared = known.cost, known.late, known.shared
        self._restated = known.restated
        self._charges, self._unpriced = known.charges, known.unpriced
        self._unowned = known.unowned
        self._quantities = defaultdict(int, known.quantities)

    def add(self, bucket: Bucket) -> None:
        """One bucket more."""
        self.some = True
        self._cost += bucket.cost
        self._charges += bucket.charges
        if bucket.late or bucket.shared or bucket.restated:
            self._late += bucket.late
            self._restated += bucket.restated
            self._shared += bucket.shared
        if bucket.unpriced or bucket.unowned:
            self._unpriced += bucket.unpriced
            self._unowned += bucket.unowned
        held = self._quantities
        for name, amount in bucket.quantities.items():
            held[name] += amount

    def bucket(self) -> Bucket:
        """All together."""
        return Bucket(
            cost=self._cost,
            late=self._late,
            restated=self._restated,
            shared=self._shared,
            charges=self._charges,
            unpriced=self._unpriced,
            unowned=self._unowned,
            quantities=dict(self._quantities),
        )


def total(buckets: Sequence[Bucket]) -> Bucket:
    """All together, field by field: there may be sixty, of which most fields are 0."""
    if len(buckets) < 2:
        return buckets[0] if buckets else NOTHING
    columns = dict(zip(PLAIN, map(sum, zip(*map(plain_of, buckets), strict=True)), strict=True))
    held = [bucket.quantities for bucket in buckets]
    names = {*chain.from_iterable(held)}
    return Bucket(
        **columns, quantities={name: sum([one.get(name, 0) for one in held]) for name in names}
    )


def add(draft: Draft, key: Key, bucket: Bucket) -> None:
    """Add to the bucket that stands under a key."""
    held = draft.get(key)
    draft.put(key, bucket if held is None else plus(held, bucket))


def borne(bucket: Bucket) -> int:
    """What the owner bears: direct of every kind, and shared; nano-dollars."""
    return direct(bucket) + bucket.shared


def direct(bucket: Bucket) -> int:
    """Direct cost of every kind, nano-dollars."""
    return bucket.cost + bucket.late + bucket.restated


def correcting(kind: int, cost: int) -> Bucket:
    """An amount that corrects, by its kind; nano-dollars."""
    return Bucket(restated=cost) if kind in RESTATED else Bucket(late=cost)
