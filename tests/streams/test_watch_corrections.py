"""What comes late or is restated of minutes that burnt corrects their incident, and no more."""

from collections.abc import Sequence
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.kinds import Kind
from schemas.records import Finding, Watermark
from schemas.states import Burnt
from streams.steps import burnt
from tests.streams.judge_kit import CHAT, PLACES, Court
from tests.streams.watch_kit import (
    ACME,
    DAY,
    DOLLAR,
    HOUR,
    MONDAY,
    Source,
    Use,
    Watched,
    books_of,
)

RULES = """
policies:
  - {name: rail, kind: limit, series: ["application:*"], usd: 5, window: 30m}
  - {name: tight, kind: limit, series: ["application:*"], usd: 6, window: 10m}
  - {name: models, kind: models_allowed, environments: [production], models: [gpt-4o]}
detectors:
  - {name: mute, kind: silence, series: ["keys:*"], expect: every 30m}
"""
BOOKS = books_of(ACME, RULES, PLACES)
BEGUN = MONDAY + 2 * HOUR
RESTATED = (Kind.REVERSAL, Kind.RERATE)


class House:
    """A watch and a judge behind it, with a meter and a restate before them."""

    def __init__(self) -> None:
        self.watch, self.court = Watched(BOOKS), Court(books=BOOKS)
        self.meter, self.restate = Source(BOOKS), Source(BOOKS, "restate/0")

    def feed(self, uses: Sequence[Use], reached: int) -> "House":
        """What was metered, and event time."""
        return self._hear(self.meter, uses, reached)

    def correct(self, *uses: Use) -> "House":
        """What was restated, which moves no time."""
        return self._hear(self.restate, uses, 0)

    def _hear(self, source: Source, uses: Sequence[Use], reached: int) -> "House":
        self.watch.said.clear()
        self.watch.feed(source.tally(uses, reached))
        said = [one.record for one in self.watch.said if one.topic == "docket"]
        self.court.hear(*(one for one in said if isinstance(one, Finding | Watermark)))
        return self

    def burn(self) -> "House":
        """Half an hour of a dollar a minute, then an hour of nothing."""
        for at in range(30):
            self.feed([Use(minute=BEGUN + at)], BEGUN + at + 1)
        return self.feed([], BEGUN + 2 * HOUR)

    @property
    def moved(self) -> list[tuple[str, int, int]]:
        """Incidents that are corrected: series, late and restated nano-dollars."""
        view = {one.id: one for one in self.court.published}.values()
        found = [(one.series, one.late_nano_usd, one.restated_nano_usd) for one in view]
        return sorted(one for one in found if any(one[1:]))


def late(minute: int, cost: int = DOLLAR, kind: Kind = Kind.LATE) -> Use:
    return Use(minute=BEGUN + minute, cost=cost, kind=kind)


def test_what_comes_late_within_an_incident_corrects_it_and_what_lies_outside_does_not() -> None:
    house = House().burn()
    before = {one.id: one for one in house.court.published}
    house.feed([late(10, 3 * DOLLAR), late(12), late(-26, 50 * DOLLAR), late(70)], BEGUN + 121)
    assert house.moved == [(CHAT, 4 * DOLLAR, 0)]
    house.feed([late(-25)], BEGUN + 121)  # in the window of 30 minutes in which it was seen
    assert house.moved == [(CHAT, 5 * DOLLAR, 0)]
    after = {one.id: one for one in house.court.published}
    assert after.keys() == before.keys()
    for name, one in after.items():
        told = (one.accrued_nano_usd, one.severity, one.state, one.resolved_at, one.news)
        old = before[name]
        assert told == (
            old.accrued_nano_usd, old.severity, old.state, old.resolved_at, old.news,
        )  # fmt: skip


def test_an_amount_counts_once_whichever_rules_burnt_in_its_minute() -> None:
    house = House().burn()
    rules = {one.rule for one in house.watch.state.below(("burnt", CHAT)).values()}
    assert rules == {"rail", "tight"}
    house.correct(late(20, -DOLLAR, Kind.REVERSAL), late(20, 3 * DOLLAR, Kind.RERATE))
    assert house.moved == [(CHAT, 0, 2 * DOLLAR)]


def test_what_comes_late_for_a_minute_that_is_open_corrects_once_it_is_closed() -> None:
    house = House()
    for at in range(10):
        house.feed([Use(minute=BEGUN + at)], BEGUN + at + 1)
    house.feed([late(10)], BEGUN + 10)
    assert house.moved == []
    house.feed([Use(minute=BEGUN + 10)], BEGUN + 11)
    assert house.moved == [(CHAT, DOLLAR, 0)]


def test_an_incident_that_is_over_for_days_is_corrected_still_and_then_no_more() -> None:
    house = House().burn()
    house.feed([], BEGUN + 5 * DAY)
    revisions = {one.id: one.revision for one in house.court.published}
    house.correct(late(8, -DOLLAR, Kind.REVERSAL), late(8, DOLLAR // 4, Kind.RERATE))
    assert house.moved == [(CHAT, 0, -3 * DOLLAR // 4)]
    [one] = [one for one in house.court.published if one.restated_nano_usd]
    assert one.revision == revisions[one.id] + 1
    house.correct(late(8, -DOLLAR // 4, Kind.REVERSAL), late(8, DOLLAR, Kind.RERATE))
    assert house.moved == []
    for day in range(10, 60, 10):
        house.feed([], BEGUN + day * DAY)
    assert not house.watch.state.below(("burnt", CHAT))


def test_a_restatement_of_an_open_hour_is_allocated_at_once_and_seen_by_no_rule() -> None:
    house = House().feed([Use(minute=BEGUN, model="gpt-4o")], BEGUN + 1)
    moved = [
        Use(minute=BEGUN + at, cost=40 * DOLLAR, application="search", model="opus", kind=kind)
        for at in (0, 5)
        for kind in (Kind.RERATE,)
    ]
    house.correct(*moved)
    [month] = [one for one in house.watch.allocation("application:search").windows
               if one.window == "month"]  # fmt: skip
    assert (month.cost_nano_usd, month.restated_nano_usd, month.charges) == (
        80 * DOLLAR, 80 * DOLLAR, 2,
    )  # fmt: skip
    house.feed([Use(minute=BEGUN + 130)], BEGUN + 131)
    found = house.watch.findings("breach", "early")
    assert [one for one in found if one.cause != "silence"] == []
    assert [one.cause for one in house.court.published if one.cause != "silence"] == []
    held = house.watch.state.get(("bucket", "application:search", "hour", BEGUN // 60))
    assert (held.cost, held.restated, held.charges) == (0, 80 * DOLLAR, 2)
    assert not house.watch.state.below(("withheld", "application:search"))


corrections = st.lists(
    st.builds(
        Use,
        minute=st.integers(BEGUN - 5, BEGUN + 40),
        cost=st.integers(-DOLLAR, DOLLAR),
        kind=st.sampled_from((Kind.LATE, *RESTATED)),
        application=st.sampled_from(("chat", "search")),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=20, deadline=None)
@given(given=corrections, seed=st.integers(0, 99))
def test_in_any_order_and_batches_an_incident_is_corrected_by_the_same(
    given: list[Use], seed: int
) -> None:
    whole, parts = House().burn(), House().burn()
    whole.correct(*given)
    shuffled = list(given)
    Random(seed).shuffle(shuffled)
    for one in shuffled:
        parts.correct(one)
    assert whole.moved == parts.moved
    spans: list[Burnt] = list(whole.watch.state.below(("burnt", CHAT)).values())
    inside = [
        use
        for use in given
        if use.application == "chat"
        and any(span.started <= use.minute < span.until for span in spans)
    ]
    late_ = sum(use.cost for use in inside if use.kind is Kind.LATE)
    restated = sum(use.cost for use in inside if use.kind in RESTATED)
    assert whole.moved == ([(CHAT, late_, restated)] if late_ or restated else [])


def test_a_silence_has_no_dollars_to_correct() -> None:
    house = House().burn()
    causes = {one.cause for one in house.court.published}
    assert "silence" in causes
    assert not house.watch.state.below(("burnt", "keys:chat|k1"))
    assert burnt.KEPT == 35 * DAY
