"""What watch learns: not what burns, but what is expected, what stays, what a rulebook adds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.moments import at_minute
from schemas.records import Label
from schemas.rules import Grain
from schemas.states import Applied, Block, Model, Series
from streams.book import Books
from tests.streams.watch_kit import (
    ACME,
    BUSY,
    CENT,
    DAY,
    DOLLAR,
    HOUR,
    MONDAY,
    Source,
    Use,
    Watched,
    beats,
    book_of,
    books_of,
    cut,
    entries,
    remembered,
    told,
)
from tests.streams.watch_kit import Beat as Given

BURST = """
detectors:
  - {name: burst, kind: records, grain: minute, series: ["application:*"], floor_usd: 1}
"""
HOURS = """
detectors:
  - {name: day, kind: records, series: ["application:*"], floor_usd: 1}
"""
CHAT = "application:chat"
THURSDAY = MONDAY + 3 * DAY


def steady(begin: int, end: int, cost: int = CENT) -> list[Use]:
    """So much every second minute."""
    return [Use(minute=minute, cost=cost) for minute in range(begin, end, 2)]


def burst(begin: int, length: int = 20, cost: int = DOLLAR) -> list[Use]:
    """So much more in each of some minutes."""
    return [Use(minute=minute, cost=cost) for minute in range(begin, begin + length)]


def watched(books: Books, *uses: Sequence[Use], until: int, given: Sequence[Label] = ()) -> Watched:
    """A watch that was fed all of this, two hours at a time."""
    watch, meter = Watched(books), Source(books)
    every = sorted((use for some in uses for use in some), key=lambda use: use.minute)
    watch.feed(*given)
    for begin in range(MONDAY, until, 2 * HOUR):
        end = min(begin + 2 * HOUR, until)
        watch.feed(meter.tally([use for use in every if begin <= use.minute < end], end))
    return watch


def meter_after(watch: Watched) -> Source:
    """A meter that goes on where the watch stands."""
    applied: Applied = watch.state.get(("applied", "usage/0"))
    return Source(watch.books, next=applied.next, since=applied.since)


def costs(watch: Watched, minutes: range) -> tuple[list[int], list[int]]:
    """First-closed costs of minutes, raw and as they were learnt."""
    found: tuple[list[int], list[int]] = ([], [])
    for minute in minutes:
        raw: Block = watch.state.get(("block", CHAT, Grain.MINUTE, minute // HOUR))
        learnt: Block = watch.state.get(("learnt", CHAT, Grain.MINUTE, minute // HOUR)) or raw
        for into, block in zip(found, (raw, learnt), strict=True):
            into.append(block.costs[minute % HOUR])
    return found


def breaches(watch: Watched) -> list[int]:
    """Minutes of breaches, from Monday."""
    return [minute - 1 - MONDAY for _, minute, _ in sorted(told(watch.findings("breach")))]


def memory(watch: Watched, lore: str = "burst@minute.1") -> Mapping[str | int, Model]:
    return dict(watch.state.below(("model", CHAT, lore)))


def test_what_burns_is_learnt_as_usual_and_burns_again_the_next_day() -> None:
    books, noon = books_of(ACME, BURST), 12 * HOUR
    days = [burst(MONDAY + day * DAY + noon) for day in (2, 3)]

    watch = watched(books, steady(MONDAY, MONDAY + 4 * DAY), *days, until=MONDAY + 4 * DAY)

    raw, learnt = costs(watch, range(THURSDAY + noon, THURSDAY + noon + 20))
    assert len(breaches(watch)) == 2
    assert min(raw) >= DOLLAR
    assert max(learnt) <= CENT


def test_the_window_that_led_to_it_is_taken_out() -> None:
    books, noon = books_of(ACME, BURST), MONDAY + 2 * DAY + 12 * HOUR
    slow = burst(noon, 40, 20 * CENT)

    watch = watched(books, steady(MONDAY, noon + HOUR), slow, until=noon + HOUR)

    (found,) = breaches(watch)
    before = range(noon, MONDAY + found)
    assert len(before) > 3
    assert max(costs(watch, before)[1]) <= CENT


def test_what_is_usual_is_learnt_as_it_was() -> None:
    books, noon = books_of(ACME, BURST), MONDAY + 2 * DAY + 12 * HOUR

    watch = watched(books, steady(MONDAY, noon), until=noon)

    assert not [key for key in entries(watch.state) if key[0] == "learnt"]
    assert breaches(watch) == []


def test_a_level_that_stays_is_accepted_after_a_week_and_then_usual() -> None:
    books, noon = books_of(ACME, BURST), MONDAY + 2 * DAY + 12 * HOUR
    end = noon + 9 * DAY

    watch = watched(books, steady(MONDAY, noon), steady(noon, end, 2 * DOLLAR), until=end)

    (calm,) = watch.findings("calm")
    assert calm.reason == "accepted as the new level"
    assert calm.time - at_minute(noon) < timedelta(days=7, hours=1)
    assert len(breaches(watch)) == 1
    assert not [key for key in entries(watch.state) if key[0] == "learnt"]


def label(begin: int, end: int, effective: int) -> Label:
    return Label(
        series=CHAT,
        start=at_minute(begin),
        end=at_minute(end),
        effective_from=at_minute(effective),
        incident="inc_1",
    )


def test_what_was_expected_is_restored_and_teaches_at_its_minute() -> None:
    books, wednesday = books_of(ACME, BURST), MONDAY + 2 * DAY
    noon, friday = wednesday + 12 * HOUR, MONDAY + 4 * DAY
    days = [burst(noon + day * DAY) for day in range(3)]
    uses = [steady(MONDAY, friday + DAY), *days]
    said = label(noon - HOUR, noon + HOUR, friday)

    before = watched(books, *uses, until=friday - 2, given=[said])
    after = watched(books, *uses, until=friday + DAY, given=[said])
    without = watched(books, *uses, until=friday + DAY)

    raw, learnt = costs(before, range(noon, noon + 20))
    assert raw != learnt
    assert [minute // DAY for minute in breaches(after)] == [2, 3]
    assert [minute // DAY for minute in breaches(without)] == [2, 3, 4]
    assert not after.state.below(("label", CHAT))


def test_a_label_that_is_kept_shows_in_learnt_costs_once_it_takes_effect() -> None:
    books, noon = books_of(ACME, BURST), MONDAY + 2 * DAY + 12 * HOUR
    midnight = THURSDAY
    uses = [steady(MONDAY, midnight + 2), burst(noon)]

    watch = watched(books, *uses, until=midnight, given=[label(noon - HOUR, noon + HOUR, midnight)])
    waiting = costs(watch, range(noon, noon + 20))
    watch.feed(meter_after(watch).tally([], midnight + 1))
    raw, learnt = costs(watch, range(noon, noon + 20))

    assert waiting[0] != waiting[1]
    assert raw == learnt


def test_a_label_that_comes_too_late_takes_effect_at_the_next_midnight() -> None:
    books, noon = books_of(ACME, BURST), MONDAY + 2 * DAY + 12 * HOUR
    watch = watched(books, steady(MONDAY, noon), until=noon)

    watch.feed(label(MONDAY, MONDAY + 1, MONDAY + DAY))
    watch.feed(label(MONDAY, MONDAY + 1, noon))

    assert sorted(watch.state.below(("label", CHAT))) == [noon, THURSDAY]


def test_labels_of_the_same_midnight_all_take_effect() -> None:
    books, morning = books_of(ACME, BURST), MONDAY + 2 * DAY + 8 * HOUR
    evening = morning + 10 * HOUR
    days = [burst(at) for at in (morning, evening)]
    uses = [steady(MONDAY, THURSDAY + HOUR), *days]
    both = [label(at, at + HOUR, THURSDAY) for at in (morning, evening)]

    watch = watched(books, *uses, until=THURSDAY + HOUR, given=both)

    assert len(breaches(watch)) == 2
    for begin in (morning, evening):
        raw, learnt = costs(watch, range(begin, begin + 20))
        assert raw == learnt


def test_nothing_is_told_early_of_a_minute_in_which_a_label_takes_effect() -> None:
    books, noon = books_of(ACME, BURST), MONDAY + 2 * DAY + 12 * HOUR
    uses = [steady(MONDAY, THURSDAY), burst(noon, 60, 3 * DOLLAR)]
    watch = watched(books, *uses, until=THURSDAY)
    meter = meter_after(watch)
    labelled = watch.beside().feed(label(noon - HOUR, noon + 2 * HOUR, THURSDAY))

    sudden = meter.tally([Use(minute=THURSDAY, cost=4 * DOLLAR)], THURSDAY)
    later = meter.tally([], THURSDAY + 1)
    for one in (watch, labelled):
        one.said.clear()
        one.feed(sudden).feed(later)

    assert [one.phase for one in watch.findings()] == ["early", "breach"]
    assert labelled.findings() == []


def test_a_detector_that_the_rulebook_adds_learns_what_is_kept() -> None:
    begins = MONDAY + 3 * DAY + 7 * HOUR
    later = Books([book_of(ACME), book_of(ACME + HOURS, begins)])
    uses, end = steady(MONDAY, THURSDAY + 12 * HOUR), THURSDAY + 12 * HOUR

    added = watched(later, uses, until=end)
    always = watched(books_of(ACME, HOURS), uses, until=end)

    assert memory(added, "day@hour.2") == memory(always, "day@hour.2") != {}
    assert added.allocation(CHAT).learning_until is None


@pytest.mark.parametrize("step", [1, 7, 60, DAY])
def test_how_much_a_new_detector_of_minutes_learns_is_no_matter_of_batches(step: int) -> None:
    begins = MONDAY + 3 * DAY + 7 * HOUR
    books = Books([book_of(ACME), book_of(ACME + BURST, begins)])
    watch, meter = Watched(books), Source(books)
    uses = [use for at in range(MONDAY, begins, 2 * HOUR) for use in burst(at, 2, at % 977 * CENT)]

    watch.feed(meter.tally(uses, begins - 2 * step))
    for at in range(begins - 2 * step, begins + 2 * step + 1, step):
        watch.feed(meter.tally([], at))
    watch.feed(meter.tally([], begins + 3 * DAY))

    whole = Watched(books)
    whole.feed(Source(books).tally(uses, begins + 3 * DAY))
    assert memory(watch) == memory(whole) != {}


def test_a_rule_that_is_gone_leaves_nothing_behind() -> None:
    noon = MONDAY + 2 * DAY + 12 * HOUR
    books = Books([book_of(ACME + BURST), book_of(ACME, noon + 10)])

    watch = watched(books, steady(MONDAY, noon + HOUR), burst(noon, 60), until=noon + HOUR)

    (over,) = watch.findings("calm")
    known: Series = watch.state.get(("series", CHAT))
    assert (over.rule, over.reason) == ("burst", "the rulebook no longer has this rule")
    assert over.time == at_minute(noon + 11)
    assert (known.ceilings, known.episodes, known.rules) == ({}, (), ())
    assert memory(watch) == {}


def test_a_rule_that_comes_back_learns_anew() -> None:
    gone, back = MONDAY + DAY, MONDAY + 2 * DAY
    books = Books([book_of(ACME + HOURS), book_of(ACME, gone), book_of(ACME + HOURS, back)])
    uses, end = steady(MONDAY, THURSDAY), THURSDAY

    watch = watched(books, uses, until=end)
    always = watched(books_of(ACME, HOURS), uses, until=end)

    assert memory(watch, "day@hour.2") == memory(always, "day@hour.2") != {}


def test_the_hash_on_a_finding_is_that_of_its_minute() -> None:
    guard = 'policies: [{name: guard, kind: limit, series: "app*", usd: 1, window: 1m}]'
    versions = [book_of(ACME + guard), book_of(ACME + guard, MONDAY + 30)]
    books = Books(versions)
    uses = [Use(minute=MONDAY + at, cost=2 * DOLLAR) for at in (10, 29, 30, 59)]

    watch = Watched(books).feed(Source(books).tally(uses, MONDAY + 90))

    found = {one.bucket_start.minute: one.rulebook for one in watch.findings("breach", "burning")}
    assert found[10] == found[29] == versions[0].hash
    assert found[30] == found[59] == versions[1].hash


def within(text: str, minute: int, seconds: int) -> Books:
    """Two versions; the later one begins within a minute."""
    later = book_of(text, minute)
    begins = later.effective_from + timedelta(seconds=seconds)
    return Books([book_of(ACME), replace(later, effective_from=begins)])


@pytest.mark.parametrize("step", [1, 3, 30])
def test_a_version_that_begins_within_a_minute_holds_from_the_next(step: int) -> None:
    guard = 'policies: [{name: guard, kind: limit, series: "app*", usd: 1, window: 1m}]'
    books = within(ACME + guard, MONDAY + 10, 37)
    watch, meter = Watched(books), Source(books)
    uses = burst(MONDAY, 30)

    for at in range(MONDAY, MONDAY + 31, step):
        watch.feed(meter.tally([use for use in uses if at <= use.minute < at + step], at + step))

    assert breaches(watch) == [11]


CHANGING = Books(
    [
        book_of(ACME + BUSY),
        book_of(ACME + BUSY.replace("usd: 4", "usd: 1"), MONDAY + DAY + 20),
        book_of(ACME + BURST, MONDAY + DAY + 45),
        book_of(ACME + BUSY, MONDAY + DAY + 50),
    ]
)


@settings(max_examples=15, deadline=None)
@given(given=beats(), draw=st.randoms(use_true_random=False))
def test_versions_and_labels_take_effect_alike_in_all_batches(
    given: list[Given], draw: Random
) -> None:
    back = MONDAY + DAY
    shift = given[0][1] - back
    meter = Source(CHANGING)
    begun = [Use(minute=at, cost=CENT) for at in range(MONDAY, back, 31)]
    tallies = [meter.tally(begun, back)]
    for uses, reached in given:
        earlier = [replace(use, minute=int(use.minute - shift)) for use in uses]
        tallies.append(meter.tally(earlier, reached - shift))
    said = [label(back, back + 20, back + 25), label(back, back + 30, back + 25)]

    each, batches = Watched(CHANGING).feed(*said), Watched(CHANGING).feed(*said)
    for tally in tallies:
        each.feed(tally)
    for batch in cut(tallies, draw):
        batches.feed(*batch)

    phases = ("breach", "burning", "calm")
    ours, theirs = (
        sorted(one.findings(*phases), key=lambda f: (f.time, f.series, f.rule))
        for one in (each, batches)
    )
    assert ours == theirs
    assert remembered(each) == remembered(batches)
