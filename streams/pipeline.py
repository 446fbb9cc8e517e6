"""The walk of one usage event, top to bottom.

    usage --meter--> charge
              |----> tally --watch--> docket --judge--> incident
              |        ^                ^
              |      split (pools)      +-- answers, ticks
              +----> rejected

Each step is a pure function of (state, records, rulebooks): it reads the state, changes nothing,
and returns what is new. A shell commits all of it in one transaction, or drops it. Nothing here
knows Kafka, files, HTTP or the clock, so live and replay run this very code.
"""

from collections.abc import Sequence
from dataclasses import replace

from schemas.moments import MINUTE, at_minute, minute_of
from schemas.records import Clock
from schemas.states import Progress
from streams.book import Books
from streams.bundle import bundled
from streams.log import Record
from streams.steps import (
    applying,
    checks,
    identities,
    judging,
    metering,
    reading,
    resting,
    splitting,
    watching,
    watermarks,
)
from streams.steps.growing import Growth
from streams.steps.identities import MeterState
from streams.steps.intake import take
from streams.steps.packed import WatchState
from streams.steps.step import Draft, Outcome, Output, Site, State
from streams.steps.tallying import Span
from streams.steps.valuing import value

PROGRESS = ("progress",)


def meter(state: MeterState, records: Sequence[Record], books: Books, site: Site) -> Outcome:
    """Decode, validate, drop duplicates, price, own: one charge a usage, one tally a partition."""
    progress, given = state.get(PROGRESS) or Progress(), bundled(records)

    taken = take(given, site.codec)
    taken = taken.without(checks.check(taken.usages, given.received[taken.usages.at]))
    flow = watermarks.flow(progress, taken.usages, taken.clocks, given.received, books)
    known_from = identities.horizons(flow.before, progress.horizon)
    taken = taken.without(metering.too_late(taken.usages, known_from))
    wrong, sent_on = metering.misplaced(given, taken.usages, site)
    here = taken.usages.keep(~wrong)
    fresh, ids = identities.sift(state, here, known_from)
    valued = value(here.keep(fresh), books)
    too_large = metering.too_large(valued)
    if too_large:
        valued = value(valued.usages.keep(~valued.priced.too_large), books)

    span = Span(f"usage/{site.partition}", progress.next, int(given.offsets[-1]) + 1, site.usages)
    horizon = identities.horizon_of(state, flow.progress.watermark, progress.horizon)
    progress = replace(flow.progress, next=span.next, horizon=horizon)
    usages, refused = valued.usages, {**taken.refused, **too_large}
    late = (usages.time // MINUTE + 1) * MINUTE <= flow.before[usages.at]
    return Outcome(
        changes={
            PROGRESS: progress,
            **identities.forgotten(state, horizon),
            **identities.remembered(usages, ids, span.first, horizon),
        },
        outputs=[
            *metering.charged(valued, given.offsets[usages.at], late, site),
            *metering.tallied(valued, flow.before[usages.at], span, progress, site),
            *metering.refusals(given, refused, site),
            *sent_on,
        ],
        counts=metering.counts(valued, late, refused, int((~fresh).sum()), len(sent_on)),
    )


def idle(state: MeterState, now: int, books: Books, site: Site) -> Outcome:
    """At the end of the log, let event time follow the clock; `now` is microseconds since 1970."""
    before = state.get(PROGRESS)
    progress = watermarks.idle(before or Progress(), now, books)
    if progress == before:
        return Outcome()
    span = Span(f"usage/{site.partition}", progress.next, progress.next, site.usages)
    horizon = identities.horizon_of(state, progress.watermark, progress.horizon)
    progress = replace(progress, horizon=horizon)
    changes = {PROGRESS: progress, **identities.forgotten(state, horizon)}
    return Outcome(changes, metering.silent(span, progress, site))


def split(state: State, records: Sequence[Record], books: Books, site: Site) -> Outcome:
    """Divide what pools cost among their members; one tally a pool and partition."""
    draft = Draft(state)
    costs: dict[str, list[tuple[int, int]]] = {}
    before = applying.usage_watermark(applying.sources(draft))
    for tally in reading.tallies(records, site):
        if not tally.source.startswith(applying.POOL) and applying.applies(draft, tally):
            for pool, minute, cost in splitting.noted(draft, tally):
                costs.setdefault(pool, []).append((minute, cost))
    reached = applying.usage_watermark(applying.sources(draft))
    outputs: list[Output] = []
    pools = {*costs, *reading.pools(books.at(reached), site), *splitting.unfinished(draft)}
    for pool in sorted(pools):
        if pool in costs or reached > before:
            parts = splitting.divide(draft, pool, costs.get(pool, []), reached, books)
            share = splitting.next_share(draft, pool, reached)
            found = splitting.tallies(pool, share, parts, books, site.tallies)
            outputs += metering.outputs(found)
    return Outcome(draft.changes, outputs)


def watch(state: WatchState, records: Sequence[Record], books: Books, site: Site) -> Outcome:
    """Fold tallies into buckets, close what the watermark passed, score, then learn; allocate."""
    growth, clock = Growth(state), state.get(resting.CLOCK)
    before = minute_of(clock.time) if clock else 0
    batch = watching.Batch(growth, books, before)
    draft = batch.draft
    for label in reading.labels(records, site):
        batch.label(label)
    for tally in reading.tallies(records, site):
        if applying.applies(draft, tally):
            batch.fold(tally)
    reached = max(applying.watermark(draft, books), before * MINUTE)
    batch.close(reached)
    batch.look()
    draft.put(resting.CLOCK, Clock(time=at_minute(batch.closed)))
    return Outcome(growth.changes(draft.changes), batch.outputs(reached, site))


def judge(state: State, records: Sequence[Record], books: Books, site: Site) -> Outcome:
    """An incident's life: fold what is settled, tell what is seen already, publish changes."""
    draft = Draft(state)
    hearing = judging.Hearing(draft, books, site)
    for record in records:
        if record.value:
            hearing.docket.take(site.codec.decode(record.value), record.received)
    labels = hearing.settle()
    changed = hearing.publish(hearing.view())
    return Outcome(draft.changes, labels, {"incidents": changed})
