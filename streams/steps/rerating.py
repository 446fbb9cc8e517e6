"""Charges that move, as reversals, rerates and their tallies: what a portion of a run commits.

Nothing is edited: a reversal takes back what stood, under its own rate and for its own series; a
rerate charges it again under a new rate id. Both go to the same minutes as the usage.
"""

from dataclasses import replace

import numpy as np
import pyarrow as pa

from schemas import clues, columns
from schemas.kinds import Kind
from schemas.records import Tally
from schemas.states import Progress
from streams.log import Sheaf
from streams.steps import metering, spreading, standing, tallying, valuing
from streams.steps.applying import RESTATE
from streams.steps.restating import Moved
from streams.steps.step import Key, Outcome, Site
from streams.steps.tallying import Parts, Span
from streams.steps.valuing import Valued

REPRICED = tallying.COUNTED.index(clues.REPRICED)

PROGRESS: Key = ("progress",)
"""Its `next` counts the reversals and rerates of a partition: so restate's tallies tile too."""


def restate(progress: Progress, moved: Moved, site: Site) -> Outcome:
    """Take charges back, then charge them again: two tallies, so that no sum is ever too high."""
    count = moved.charges.num_rows
    source, first = f"{RESTATE}{site.partition}", progress.next
    back = Span(source, first, first + count, 1)
    again = Span(source, back.next, back.next + count, 1)
    return Outcome(
        changes={PROGRESS: Progress(next=again.next)},
        outputs=[
            _sheaf(_reversed(moved), moved, site),
            _sheaf(_rerated(moved), moved, site),
            *metering.outputs(_tallies(moved.was, Kind.REVERSAL, back, site)),
            *metering.outputs(_tallies(moved.now, Kind.RERATE, again, site)),
        ],
        counts={"restated": count},
    )


def _sheaf(rows: pa.RecordBatch, moved: Moved, site: Site) -> Sheaf:
    prefix = site.codec.prefix(columns.CHARGE)
    keys = moved.was.usages.keys
    return Sheaf("charge", site.partition, columns.CHARGE, prefix, keys, rows)


def _reversed(moved: Moved) -> pa.RecordBatch:
    """What stood, with its amount taken back."""
    kinds = pa.array([standing.REVERSAL] * moved.charges.num_rows, pa.string())
    cost = pa.array(-moved.was.priced.cost)
    return _with(moved.charges, {"cost_nano_usd": cost, "kind": kinds})


def _rerated(moved: Moved) -> pa.RecordBatch:
    kinds = np.full(moved.charges.num_rows, int(Kind.RERATE), dtype=np.int64)
    rows = valuing.charges(moved.now, standing.offsets(moved.charges), kinds)
    return _with(rows, {"rate_id": pa.array(moved.rate_ids, pa.string())})


def _with(rows: pa.RecordBatch, changed: dict[str, "pa.Array"]) -> pa.RecordBatch:
    """The same rows with some columns replaced."""
    held = [changed.get(name, rows.column(name)) for name in rows.schema.names]
    return pa.RecordBatch.from_arrays(held, schema=rows.schema)


def _tallies(valued: Valued, kind: Kind, span: Span, site: Site) -> list[list[Tally]]:
    """The amounts of a kind for every series, each where its own rulebook has it."""
    before = np.zeros(len(valued.usages), dtype=np.int64)
    parts = (_as(part, kind) for part in spreading.pieces(valued, before))
    entries = tallying.sums(parts, valued.lines)
    places = metering.places_of(entries, valued, site)
    return tallying.tallies(entries, places, span, Progress(), site.tallies)


def _as(part: Parts, kind: Kind) -> Parts:
    """Amounts as a kind, known in their own minute; a reversal takes them back.

    What was repriced stays as it was first charged: which rates held a week before may have been
    corrected since.
    """
    sign = -1 if kind is Kind.REVERSAL else 1
    part.quantities[:, REPRICED] = 0
    return replace(
        part,
        kind=np.full(len(part.minute), int(kind), dtype=np.int64),
        known=part.minute,
        cost=sign * part.cost,
        charges=sign * part.charges,
        unpriced=sign * part.unpriced,
        unowned=sign * part.unowned,
        quantities=sign * part.quantities,
    )
