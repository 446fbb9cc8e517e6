"""The life of an incident is a table that leaves nothing out."""

import pytest

from policies.life import LIFE, OVER, Signal, State, step

EVERY = [(state, signal) for state in State for signal in Signal]


def test_every_state_knows_every_signal() -> None:
    assert set(LIFE) == set(EVERY)


def test_nothing_happens_without_news() -> None:
    moved = {(state, signal): step(state, signal) for state, signal in EVERY}

    silent = {pair for pair, (state, news) in moved.items() if state != pair[0] and not news}
    assert silent == set()


def test_only_another_snooze_or_approval_or_a_graver_one_is_news_where_nothing_moves() -> None:
    stays = {
        (state, signal)
        for state, signal in EVERY
        if step(state, signal)[0] is state and step(state, signal)[1]
    }

    assert stays == {
        (State.FIRING, Signal.WORSE),
        (State.ACKNOWLEDGED, Signal.APPROVE),
        (State.SNOOZED, Signal.SNOOZE),
    }


@pytest.mark.parametrize("state", [State.EXPECTED, State.MERGED])
def test_what_was_expected_or_merged_moves_by_nothing(state: State) -> None:
    assert {step(state, signal) for signal in Signal} == {(state, "")}


def test_an_incident_is_opened_by_what_is_found_alone() -> None:
    opening = {signal for signal in Signal if step(State.NONE, signal)[0] is not State.NONE}

    assert opening == {Signal.BREACH, Signal.MUTE, Signal.BURN}


def test_what_is_over_comes_back_by_what_is_found_alone() -> None:
    back = {signal for signal in Signal if step(State.RESOLVED, signal)[0] not in OVER}

    assert back == {Signal.BREACH, Signal.MUTE, Signal.BURN}
    assert {step(State.RESOLVED, signal)[1] for signal in back} == {"reopened"}


def test_nobody_reaches_the_beginning_again() -> None:
    assert {pair for pair, (state, _) in LIFE.items() if state is State.NONE} == {
        (State.NONE, signal) for signal in set(Signal) - {Signal.BREACH, Signal.MUTE, Signal.BURN}
    }


@pytest.mark.parametrize("state", sorted(set(State) - OVER - {State.NONE}))
def test_whatever_is_open_can_be_answered_and_can_end(state: State) -> None:
    assert step(state, Signal.CALM) == (State.RESOLVED, "resolved")
    assert step(state, Signal.EXPLAINED) == (State.MERGED, "merged")
    assert step(state, Signal.EXPECT) == (State.EXPECTED, "expected")
    assert step(state, Signal.SNOOZE) == (State.SNOOZED, "snoozed")
    assert step(state, Signal.ACKNOWLEDGE)[0] is State.ACKNOWLEDGED


@pytest.mark.parametrize("state", [State.FIRING, State.ACKNOWLEDGED, State.SNOOZED])
def test_a_graver_one_wakes_whoever_had_answered(state: State) -> None:
    assert step(state, Signal.WORSE) == (State.FIRING, "worse")


def test_no_data_is_never_an_end() -> None:
    ends = {state for state in State if step(state, Signal.STALL)[0] in OVER - {state}}

    assert ends == set()
    assert step(State.FIRING, Signal.STALL) == (State.STALE, "stale")
    assert step(State.STALE, Signal.FLOW) == (State.FIRING, "burns")
