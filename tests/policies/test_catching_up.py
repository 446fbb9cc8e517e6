"""What was heard of too late is told in one summary, once."""

from collections.abc import Iterable
from datetime import timedelta

from policies.catching_up import CAUSE, MOST, SUMMED_UP, remembered, summed_up
from policies.heard import CAUGHT_UP, Heard
from policies.incidents import Incidents
from policies.life import State
from schemas.records import Finding, Incident
from tests.policies.folding import TERMS
from tests.streams.judge_kit import CHAT, KEY, after, burning
from tests.streams.watch_kit import DOLLAR

LATE = timedelta(hours=5)


def late(*episodes: Iterable[Finding]) -> dict[str, Incident]:
    """The incidents of what is heard hours after it happened."""
    incidents = Incidents({})
    said = sorted((one for some in episodes for one in some), key=lambda one: one.time)
    for one in said:
        incidents.hear([Heard(one, one.time + LATE)], TERMS)
    return {one.id: one for one in incidents.all()}


def summary(incidents: dict[str, Incident], clock: float = 300, reached: float = 290) -> Incident:
    """The summary that is told."""
    found = summed_up(incidents, after(clock), after(reached), "hash-0")
    (one,) = (one for one in found.values() if one.cause == CAUSE)
    return one


def test_one_message_stands_for_all_that_was_over() -> None:
    incidents = late(burning(0, 9), burning(200, 20, series=KEY))

    told = summary(incidents)

    assert (told.series, told.state, told.quiet) == ("catching_up:2", State.RESOLVED, "")
    assert told.accrued_nano_usd == sum(one.accrued_nano_usd for one in incidents.values())
    assert (told.opened_at, told.resolved_at) == (after(0), after(290))
    assert told.places == ("finops",)


def test_those_that_it_tells_of_are_marked_and_not_told_again() -> None:
    incidents = late(burning(0, 9))

    found = summed_up(incidents, after(300), after(290), "hash-0")
    again = summed_up({**incidents, **found}, after(400), after(395), "hash-0")

    assert {found[name].quiet for name in incidents} == {SUMMED_UP}
    assert again == {}


def test_it_waits_until_judge_has_caught_up() -> None:
    incidents = late(burning(0, 9))

    assert summed_up(incidents, after(300), after(284), "hash-0") == {}
    assert summed_up(incidents, after(300), after(285), "hash-0") != {}


def test_what_still_burns_is_no_part_of_it() -> None:
    assert summed_up(late(burning(0, 9, calm=False)), after(300), after(290), "hash-0") == {}


def test_what_was_merged_counts_once() -> None:
    incidents = late(burning(0, 40, series=CHAT), burning(4, 40, series=KEY))

    found = summed_up(incidents, after(300), after(290), "hash-0")

    narrow = next(one for one in incidents.values() if one.series == KEY)
    told = summary(incidents)
    assert (told.series, told.accrued_nano_usd) == ("catching_up:1", narrow.accrued_nano_usd)
    assert {found[name].quiet for name in incidents} == {SUMMED_UP}


def test_it_names_the_dearest() -> None:
    episodes = [
        burning(n, 9, series=f"keys:chat|k{n}", pace=n * DOLLAR) for n in range(1, MOST + 5)
    ]

    told = summary(late(*episodes))

    assert [one.series for one in told.evidence] == [
        f"keys:chat|k{n}" for n in range(MOST + 4, 4, -1)
    ]


def test_what_a_summary_has_told_of_stays_so_where_it_was_not_told_since() -> None:
    incidents = late(burning(0, 9))
    found = summed_up(incidents, after(300), after(290), "hash-0")

    assert {one.quiet for one in remembered(incidents, found).values()} == {SUMMED_UP}
    assert remembered(incidents, {}) == {}
    assert {one.quiet for one in incidents.values()} == {CAUGHT_UP}
