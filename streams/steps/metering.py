"""The meter's outputs: charges, tallies, what was refused, and what lay in the wrong partition."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import accumulate

import numpy as np
import pyarrow as pa

from ledger.prices import STATES
from schemas import columns
from schemas.keys import partitions_of
from schemas.moments import MINUTE, moment
from schemas.reasons import Refusal, Refused
from schemas.records import Rejected, Tally
from schemas.states import Progress
from streams.bundle import Bundle
from streams.log import Record, Sheaf
from streams.steps import spreading, tallying, valuing
from streams.steps.intake import Bools, Ints, Usages
from streams.steps.step import Output, Site
from streams.steps.valuing import Valued

REPUBLISHED = "spendwatch-republished"
"""Header of a usage that the meter has sent to its right partition; it is not sent twice."""

KEPT = 65_536
"""Bytes that are kept of a refused message, of its key and of its headers."""


def charged(valued: Valued, offsets: Ints, late: Bools, site: Site) -> list[Sheaf]:
    """One charge for each usage, in the partition of the usage, unless its rulebook keeps none."""
    kept = valued.kept | site.every_charge
    if len(kept) and not kept.any():
        return []
    keys, rows = valued.usages.keys, valuing.charges(valued, offsets, late.astype(np.int64))
    if not kept.all():
        keys = [keys[row] for row in np.flatnonzero(kept)]
        rows = rows.filter(pa.array(kept))
    prefix = site.codec.prefix(columns.CHARGE)
    return [Sheaf("charge", site.partition, columns.CHARGE, prefix, keys, rows)]


def tallied(
    valued: Valued, before: Ints, span: tallying.Span, progress: Progress, site: Site
) -> list[Output]:
    """One tally for each tally partition, empty or not."""
    entries = tallying.sums(spreading.pieces(valued, before), valued.lines)
    places = places_of(entries, valued, site)
    return outputs(tallying.tallies(entries, places, span, progress, site.tallies))


def places_of(entries: tallying.Entries, valued: Valued, site: Site) -> Ints:
    """The tally partition of each series."""
    roots, which = valued.lines.roots(valued.which, entries.number)
    return tallying.placed(roots, site.tallies)[which]


def silent(span: tallying.Span, progress: Progress, site: Site) -> list[Output]:
    """Empty tallies: no usage, but event time has moved."""
    return outputs(tallying.tallies(tallying.NONE, tallying.EMPTY, span, progress, site.tallies))


def outputs(tallies: Sequence[Sequence[Tally]]) -> list[Output]:
    """Tallies as outputs: partition by partition, parts in order."""
    return [
        Output("tally", tally.source.encode(), tally, partition)
        for partition, parts in enumerate(tallies)
        for tally in parts
    ]


def refusals(records: Bundle, refused: Mapping[int, Refused], site: Site) -> list[Output]:
    """Refused messages with their reasons, in the order of their messages."""
    return [
        Output("rejected", _cut(records[at].key), _rejected(records[at], why), site.partition)
        for at, why in sorted(refused.items())
    ]


def _cut(key: bytes | None) -> bytes | None:
    return key and key[:KEPT]


def _headers(record: Record) -> dict[str, bytes]:
    """The first headers, as many as are kept."""
    ends = accumulate(len(name.encode()) + len(value) for name, value in record.headers)
    return dict(header for header, end in zip(record.headers, ends, strict=True) if end <= KEPT)


def _rejected(record: Record, why: Refused) -> Rejected:
    original = record.value or b""
    return Rejected(
        reason=why.reason,
        detail=why.detail,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        time=moment(record.received),
        headers=_headers(record),
        key=_cut(record.key) or b"",
        original=original[:KEPT],
        size=len(original),
    )


def misplaced(records: Bundle, usages: Usages, site: Site) -> tuple[Bools, list[Output]]:
    """Rows whose key belongs to another partition, and the same messages sent there, once."""
    if site.usages == 1:
        return np.zeros(len(usages), dtype=bool), []
    right = partitions_of(usages.keys, site.usages)
    wrong = right != site.partition
    for row in np.flatnonzero(wrong):
        wrong[row] = not any(name == REPUBLISHED for name, _ in records.headers[usages.at[row]])
    sent = [
        Output(
            "usage",
            usages.keys[row],
            records.values[usages.at[row]],
            int(right[row]),
            (*records.headers[usages.at[row]], (REPUBLISHED, b"1")),
        )
        for row in np.flatnonzero(wrong)
    ]
    return wrong, sent


def too_late(usages: Usages, known_from: Ints) -> dict[int, Refused]:
    """Rows older than the identities that are known: they could count twice.

    `known_from` is the first minute that is known whole when each message comes.
    """
    old = usages.time // MINUTE < known_from[usages.at]
    why = Refused(Refusal.TOO_LATE, "older than the identities that are remembered")
    return {int(row): why for row in np.flatnonzero(old)}


def too_large(valued: Valued) -> dict[int, Refused]:
    """Messages whose amount is beyond what is ever believed."""
    why = Refused(Refusal.AMOUNT_TOO_LARGE, "above $9 million for one usage")
    return {int(at): why for at in valued.usages.at[valued.priced.too_large]}


def counts(valued: Valued, late: Bools, refused: Mapping[int, Refused], dropped: int, sent_on: int
           ) -> dict[str, int]:  # fmt: skip
    """What the batch held, for metrics; names are those of spendwatch/metrics.py."""
    states = np.bincount(valued.priced.state, minlength=len(STATES)).tolist()
    reasons = Counter(str(why.reason) for why in refused.values())
    return {
        "charges": len(valued.usages),
        "duplicates": dropped,
        "misplaced": sent_on,
        "late": int(late.sum()),
        "nano_usd": sum(valued.priced.cost.tolist()),
        **{f"charges_{state}": count for state, count in zip(STATES, states, strict=True)},
        **{f"rejected_{reason}": count for reason, count in sorted(reasons.items())},
    }
