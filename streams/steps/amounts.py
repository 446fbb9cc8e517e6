"""Adding up buckets: whole numbers, quantities that are 0 left out."""

from collections.abc import Iterable, Mapping

from schemas.states import Bucket

NOTHING = Bucket()


def plus(one: Bucket, other: Bucket) -> Bucket:
    """Both together."""
    if one is NOTHING:
        return other
    return Bucket(
        cost=one.cost + other.cost,
        late=one.late + other.late,
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
    return {name: amount for name, amount in found.items() if amount}


def total(buckets: Iterable[Bucket]) -> Bucket:
    """All together."""
    found = NOTHING
    for bucket in buckets:
        found = plus(found, bucket)
    return found


def borne(bucket: Bucket) -> int:
    """What the owner bears: direct of every kind, and shared; nano-dollars."""
    return bucket.cost + bucket.late + bucket.shared


def direct(bucket: Bucket) -> int:
    """Direct cost of every kind, nano-dollars."""
    return bucket.cost + bucket.late
