"""After a day without judge, what is over is summed up once, and what burns is told."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import pytest

from schemas.records import Finding
from tests.streams.judge_kit import CHAT, KEY, Court, Docketed, after, burning, found, mark
from tests.streams.watch_kit import DOLLAR

DAY = 1440
BACK = after(DAY)
"""When judge is back."""


def batches(said: Iterable[Finding], end: int, step: int) -> Iterator[list[Docketed]]:
    """What watch said, so many minutes at a time."""
    held = list(said)
    for begin in range(0, end, step):
        now = [one for one in held if after(begin) < one.time <= after(begin + step)]
        yield [*now, mark(min(begin + step, end))]


def caught_up(*episodes: Iterable[Finding], step: int = 30, at: datetime = BACK) -> Court:
    """Judge, who hears a day of findings when it is over."""
    court = Court()
    said = sorted((one for some in episodes for one in some), key=lambda one: one.time)
    for batch in batches(said, DAY, step):
        court.hear(*batch, at=at)
    return court


@pytest.mark.parametrize("step", [30, 400, DAY])
def test_a_day_of_overruns_is_one_message(step: int) -> None:
    episodes = [burning(at, 20, series=f"keys:chat|k{at}") for at in (60, 300, 700, 1300)]

    court = caught_up(*episodes, step=step)

    (told,) = court.told()
    assert (told.series, told.cause, told.places) == ("catching_up:4", "catching_up", ("finops",))
    assert told.accrued_nano_usd == 4 * (3 * DOLLAR + 19 * DOLLAR // 5)
    assert {one.quiet for one in court.incidents()} == {"", "summed_up"}


def test_it_is_told_once() -> None:
    court = caught_up(burning(60, 20))
    before = len(court.published)

    for minute in range(DAY, DAY + 300, 20):
        court.hear(mark(minute))

    assert [one.cause for one in court.told()] == ["catching_up"]
    assert len(court.published) == before


def test_what_still_burns_is_told() -> None:
    court = caught_up(burning(DAY - 200, 400)[:200])

    assert [(one.series, one.state) for one in court.told()] == [(CHAT, "firing")]


def test_nothing_is_told_while_judge_is_behind() -> None:
    court, said = Court(), burning(60, 20)
    for batch in list(batches(said, DAY, 30))[:-1]:
        court.hear(*batch, at=BACK)

    assert court.told() == []
    assert court.incident().quiet == "caught_up"


def test_what_was_told_before_the_gap_is_told_on() -> None:
    said = burning(0, 300)
    court = Court().minutes(said[:30], 30)

    for batch in batches(said[30:], DAY, 60):
        court.hear(*batch, at=BACK)

    (incident,) = court.told()
    assert (incident.series, incident.state, incident.resolved_at) == (CHAT, "resolved", after(301))


def test_the_mark_of_a_budget_is_told_however_late() -> None:
    mark_ = found(60, cause="budget", rule="retail/1/2026-11/100", accrued_nano_usd=0)

    court = caught_up([mark_])

    assert [(one.cause, one.severity, one.quiet) for one in court.told()] == [
        ("budget", "SEV3", "")
    ]


def test_an_overrun_that_comes_back_when_judge_has_caught_up_is_told() -> None:
    court = caught_up(burning(DAY - 60, 20))
    court.minutes(burning(DAY + 5, 20), DAY + 30)

    (_, again) = sorted(court.told(), key=lambda one: one.cause)
    assert (again.series, again.generation, again.state) == (CHAT, 2, "resolved")


def test_a_second_gap_has_a_summary_of_its_own() -> None:
    court = caught_up(burning(60, 20))

    later = burning(DAY + 60, 20, series=KEY)
    for begin in range(DAY, 2 * DAY, 60):
        now = [one for one in later if after(begin) < one.time <= after(begin + 60)]
        court.hear(*now, mark(begin + 60), at=after(2 * DAY))

    assert [one.series for one in court.told()] == ["catching_up:1", "catching_up:1"]


def test_history_is_never_told_and_in_no_summary() -> None:
    court = caught_up(burning(60, 20, history=True))

    assert court.told() == []
    assert court.incident().quiet == "history"


def test_what_begins_in_history_and_burns_on_is_told() -> None:
    said = burning(0, 60)
    past = [burning(0, 60, history=True)[n] for n in range(30)]

    court = Court().minutes([*past, *said[30:]], 70)

    assert [one.state for one in court.told()] == ["resolved"]
    assert court.published[0].quiet == "history"


def test_a_summary_is_kept_like_any_incident() -> None:
    court = caught_up(burning(60, 20))
    end = DAY + 35 * DAY

    court.hear(mark(end - 1)).hear(mark(end - 1))
    there = len(court.told())
    court.hear(mark(end + 1)).hear(mark(end + 1))

    assert (there, court.incidents()) == (1, [])


def test_judge_hears_of_a_day_without_usage_and_says_nothing() -> None:
    court = Court()

    for batch in batches([], DAY, 100):
        court.hear(*batch, at=BACK + timedelta(minutes=1))

    assert court.published == []
