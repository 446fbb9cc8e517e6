"""What findings make of incidents: one life, the narrowest series, dollars that never shrink."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies import evidence
from policies.heard import CAUGHT_UP, HISTORY, TOLD, Heard
from policies.incidents import Incidents
from policies.life import State
from policies.severity import GRADES
from schemas.records import Finding, Incident
from tests.policies.folding import TERMS, fold, only
from tests.streams.judge_kit import ALL, CHAT, KEY, STOREFRONT, after, burning, found
from tests.streams.watch_kit import DOLLAR


def life(incidents: Incidents) -> list[tuple[str, str, int]]:
    """Series, state and generation, by opening."""
    ordered = sorted(incidents.all(), key=lambda one: (one.opened_at, one.series))
    return [(one.series, one.state, one.generation) for one in ordered]


def test_an_episode_is_one_incident_from_its_first_bucket_to_its_calm() -> None:
    incident = only(fold(burning(0, 30)))

    assert (incident.state, incident.series, incident.cause) == (State.RESOLVED, CHAT, "records")
    assert (incident.opened_at, incident.resolved_at) == (after(0), after(31))
    assert incident.accrued_nano_usd == incident.projected_nano_usd == 3 * DOLLAR + 29 * DOLLAR // 5
    assert incident.hourly_nano_usd == 0


def test_four_rules_on_one_loop_are_one_incident() -> None:
    found_by = [
        burning(0, 40, series=KEY),
        burning(2, 40, series=KEY, rule="guard", cause="limit"),
        burning(3, 40, series=CHAT),
        burning(5, 40, series=STOREFRONT, rule="day"),
    ]

    incident = only(fold([one for some in found_by for one in some]))

    assert (incident.series, incident.causes) == (KEY, ("limit", "records"))
    assert {(one.series, one.rule) for one in incident.evidence} == {
        (KEY, "burst"), (KEY, "guard"), (CHAT, "burst"), (STOREFRONT, "day"),
    }  # fmt: skip
    assert incident.resolved_at == after(43)


def test_a_wider_one_that_was_first_is_merged_under_what_explains_it() -> None:
    wide, narrow = burning(0, 40, series=CHAT), burning(4, 40, series=KEY)

    incidents = fold([*wide, *narrow])

    first, second = sorted(incidents.all(), key=lambda one: one.opened_at)
    assert (first.series, first.state, first.merged_into) == (CHAT, State.MERGED, second.id)
    assert (first.resolved_at, first.hourly_nano_usd) == (after(5), 0)
    assert (second.series, second.state) == (KEY, State.RESOLVED)
    assert {one.series for one in second.evidence} == {CHAT, KEY}


def test_a_merged_one_whose_series_burns_on_comes_back_as_itself() -> None:
    wide = burning(0, 120, pace=2 * DOLLAR, series=CHAT)
    narrow = burning(4, 20, pace=2 * DOLLAR, series=KEY)

    incidents = fold([*wide, *narrow])

    first, second = sorted(incidents.all(), key=lambda one: one.opened_at)
    assert (second.state, second.resolved_at) == (State.RESOLVED, after(25))
    assert (first.state, first.generation, first.merged_into) == (State.RESOLVED, 2, None)
    assert first.accrued_nano_usd == wide[-1].accrued_nano_usd
    assert len({one.id for one in incidents.all()}) == 2


def test_what_a_resolved_one_left_burning_is_no_news() -> None:
    wide = burning(0, 50, pace=DOLLAR // 100, series=CHAT)
    narrow = burning(0, 20, series=KEY)

    incident = only(fold([*wide, *narrow]))

    assert (incident.series, incident.state, incident.resolved_at) == (KEY, "resolved", after(21))


def test_two_overruns_of_one_application_at_different_keys_are_two() -> None:
    keys = [burning(0, 30, series="keys:chat|a"), burning(3, 30, series="keys:chat|b")]

    assert life(fold([one for some in keys for one in some])) == [
        ("keys:chat|a", "resolved", 1),
        ("keys:chat|b", "resolved", 1),
    ]


def test_within_two_hours_it_is_the_same_again_with_what_it_had_cost() -> None:
    incident = only(fold([*burning(0, 30), *burning(100, 10)]))

    assert (incident.generation, incident.opened_at) == (2, after(0))
    assert incident.resolved_at == after(111)
    assert incident.carried_nano_usd == 3 * DOLLAR + 29 * DOLLAR // 5
    assert incident.accrued_nano_usd == incident.carried_nano_usd + 3 * DOLLAR + 9 * DOLLAR // 5


@pytest.mark.parametrize(("again", "count"), [(149, 1), (150, 2)])
def test_two_hours_after_its_end_it_is_another(again: int, count: int) -> None:
    assert len(life(fold([*burning(0, 30), *burning(again, 10)]))) == count


def test_what_burns_while_its_incident_is_over_opens_it_again() -> None:
    """A rule says that it burns although none holds it: another series' evidence was merged."""
    other = [one for one in burning(40, 30, pace=DOLLAR) if one.phase != "breach"]

    incident = only(fold([*burning(0, 30), *(replace(one, rule="slow") for one in other)]))

    assert (incident.state, incident.generation) == (State.RESOLVED, 2)
    assert incident.resolved_at == after(71)


def test_what_a_rulebook_corrected_for_a_time_long_past_ends_does_not_end_before_it_began() -> None:
    incidents = fold([found(50, cause="budget", rule="retail/1/2026-11/50")])
    over = found(0, "calm", cause="budget", rule="retail/1/2026-11/50", opened_at=after(0))
    incident = only(fold([over], incidents))
    assert (incident.state, incident.resolved_at) == (State.RESOLVED, incident.opened_at)


def test_a_mark_of_a_budget_is_an_incident_of_its_own() -> None:
    budget: dict[str, Any] = {"cause": "budget", "hourly_nano_usd": 0, "accrued_nano_usd": 0}
    marks = [found(n, rule=f"retail/1/2026-11/{n}", **budget) for n in (50, 80, 100)]

    incidents = list(fold([*burning(40, 80), *marks]).all())

    by_cause = sorted((one.cause, one.severity) for one in incidents)
    assert by_cause == [
        ("budget", "SEV3"), ("budget", "info"), ("budget", "info"), ("records", "SEV3"),
    ]  # fmt: skip


def test_silence_has_no_data_until_it_speaks() -> None:
    mute: dict[str, Any] = {"cause": "silence", "rule": "mute", "series": KEY}
    dollars: dict[str, Any] = {"accrued_nano_usd": 0, "hourly_nano_usd": 0}
    said = burning(0, 30, **mute, **dollars)

    quiet, spoke = only(fold(said[:-1])), only(fold(said))

    assert (quiet.state, quiet.severity) == (State.STALE, "SEV3")
    assert (spoke.state, spoke.resolved_at) == (State.RESOLVED, after(31))


@pytest.mark.parametrize("cause", ["models_allowed", "share", "price_per_call", "silence"])
def test_a_broken_rule_is_told_whatever_the_dollars(cause: str) -> None:
    nothing: dict[str, Any] = {"accrued_nano_usd": 0, "hourly_nano_usd": 0}

    assert only(fold([found(0, cause=cause, **nothing)])).severity == "SEV3"
    assert only(fold([found(0, **nothing)])).severity == "info"


def test_it_is_as_grave_as_it_was_at_its_worst_and_keeps_its_places() -> None:
    grave = found(1, "burning", hourly_nano_usd=300 * DOLLAR, opened_at=after(0))
    mild = found(2, "burning", hourly_nano_usd=0, opened_at=after(0))

    incidents = [only(fold([found(0), grave, mild][:n])) for n in (1, 2, 3)]

    assert [one.severity for one in incidents] == ["SEV3", "SEV1", "SEV1"]
    assert [one.news for one in incidents] == ["opened", "worse", "worse"]


def test_costs_beyond_all_measure_are_whole_numbers() -> None:
    huge = 10**15 * DOLLAR

    incident = only(fold(burning(0, 60, pace=huge)))

    assert incident.accrued_nano_usd == 3 * DOLLAR + 59 * huge
    assert incident.severity == "SEV1"


def test_reasons_stay_while_an_episode_goes_on() -> None:
    first = found(0, reason="4 dollars", observed=4)
    later = found(9, "burning", reason="one minute", observed=1, opened_at=after(0))
    again = found(40, reason="9 dollars", observed=9)

    held = [only(fold([first, later, again][:n])).evidence[0] for n in (1, 2, 3)]

    assert [(one.reason, one.observed) for one in held] == [
        ("4 dollars", 4), ("4 dollars", 4), ("9 dollars", 9),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("late", "history", "cause", "quiet"),
    [
        (0, False, "records", TOLD),
        (15, False, "records", TOLD),
        (16, False, "records", CAUGHT_UP),
        (16, False, "budget", TOLD),
        (16, True, "records", HISTORY),
        (0, True, "budget", HISTORY),
    ],
)
def test_what_is_heard_too_late_or_of_history_is_not_told(
    late: int, history: bool, cause: str, quiet: str
) -> None:
    finding = found(0, cause=cause, history=history, rule="retail/1/2026-11/80")

    assert Heard(finding, finding.time + timedelta(minutes=late)).quiet == quiet


def test_what_still_burns_when_it_is_heard_in_time_is_told() -> None:
    incidents = Incidents({})
    *_, last = burning(0, 60, calm=False)
    for one in burning(0, 60, calm=False):
        incidents.hear([Heard(one, last.time)], TERMS)

    assert only(incidents).quiet == TOLD


def test_severity_and_dollars_follow_the_own_series_alone() -> None:
    dear = found(1, series=CHAT, accrued_nano_usd=7 * DOLLAR, hourly_nano_usd=10 * DOLLAR)

    incident = only(fold([found(0, series=KEY, accrued_nano_usd=5 * DOLLAR), dear]))

    assert incident.accrued_nano_usd == 5 * DOLLAR
    assert incident.hourly_nano_usd == 12 * DOLLAR


episodes = st.lists(
    st.tuples(
        st.sampled_from((KEY, "keys:chat|k2", CHAT, STOREFRONT, ALL)),
        st.sampled_from(("burst", "guard")),
        st.integers(0, 300),
        st.integers(1, 90),
        st.sampled_from((DOLLAR // 100, DOLLAR // 5, 2 * DOLLAR)),
    ),
    min_size=1,
    max_size=6,
)


def findings_of(drawn: Sequence[tuple[str, str, int, int, int]]) -> list[Finding]:
    """Episodes as watch says them: a rule has one at a time."""
    said: dict[tuple[str, str, int], Finding] = {}
    free: dict[tuple[str, str], int] = {}
    for name, rule, begin, length, pace in sorted(drawn, key=lambda one: one[2]):
        start = max(begin, free.get((name, rule), 0))
        free[name, rule] = start + length + 2
        for one in burning(start, length, pace, series=name, rule=rule):
            said[name, rule, (one.time - after(0)) // timedelta(minutes=1)] = one
    return list(said.values())


@settings(max_examples=60, deadline=None)
@given(drawn=episodes)
def test_when_all_is_calm_nothing_is_open_and_every_finding_has_its_incident(
    drawn: list[tuple[str, str, int, int, int]],
) -> None:
    said = findings_of(drawn)

    incidents = list(fold(said).all())

    held = {(one.series, one.rule) for incident in incidents for one in incident.evidence}
    assert {(one.series, one.rule) for one in said} >= held
    assert {one.series for one in said if one.phase == "breach"} <= {name for name, _ in held}
    assert {one.state for one in incidents} <= {State.RESOLVED, State.MERGED}
    assert all(one.resolved_at and one.opened_at < one.resolved_at for one in incidents)


@settings(max_examples=60, deadline=None)
@given(drawn=episodes)
def test_what_has_accrued_and_how_grave_it_is_never_shrink(
    drawn: list[tuple[str, str, int, int, int]],
) -> None:
    incidents = Incidents({})
    before: dict[str, Incident] = {}
    for one in sorted(findings_of(drawn), key=lambda one: (one.time, one.series, one.rule)):
        fold([one], incidents)
        for incident in incidents.all():
            old = before.get(incident.id, incident)
            assert incident.accrued_nano_usd >= old.accrued_nano_usd
            assert GRADES.index(incident.severity) >= GRADES.index(old.severity)
            assert incident.generation >= old.generation
            assert set(old.places) <= set(incident.places)
        before = {incident.id: incident for incident in incidents.all()}


@settings(max_examples=40, deadline=None)
@given(drawn=episodes, draw=st.randoms(use_true_random=False))
def test_the_fold_goes_on_from_anywhere(
    drawn: list[tuple[str, str, int, int, int]], draw: Random
) -> None:
    said = sorted(findings_of(drawn), key=lambda one: (one.time, one.series, one.rule))
    times = sorted({one.time for one in said})
    stop = draw.choice(times)

    whole = fold(said)
    half = fold([one for one in said if one.time <= stop])
    rest = fold(
        [one for one in said if one.time > stop],
        Incidents({one.id: one for one in half.all()}),
    )

    assert whole.all() == rest.all()


def test_evidence_is_ordered_by_series_and_rule() -> None:
    incident = only(fold([found(0), found(1, rule="alpha"), found(2, rule="zeta")]))

    assert [one.rule for one in incident.evidence] == ["alpha", "burst", "zeta"]
    assert evidence.own(incident.evidence, incident.series) == list(incident.evidence)
