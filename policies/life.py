"""The life of an incident, as one table: which state follows from which signal, and what is news.

Everything that moves an incident from one state to another is in LIFE; nothing else may.
"""

from collections.abc import Mapping
from enum import StrEnum

KEPT_DAYS = 35
"""How long an incident that is over can be looked at, and corrected."""


class State(StrEnum):
    """Where an incident stands."""

    NONE = "none"
    """Not there yet."""

    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    STALE = "stale"
    """No data: nobody can say whether it goes on."""

    RESOLVED = "resolved"
    EXPECTED = "expected"
    MERGED = "merged"
    """A narrower incident explains it."""


class Signal(StrEnum):
    """What an incident hears."""

    BREACH = "breach"
    """A rule found something."""

    MUTE = "mute"
    """A source that should speak does not."""

    BURN = "burn"
    """It goes on."""

    WORSE = "worse"
    """It has become a graver one."""

    CALM = "calm"
    """All its own rules have calmed down."""

    EXPLAINED = "explained"
    """A narrower incident explains it."""

    ACKNOWLEDGE = "acknowledge"
    SNOOZE = "snooze"
    EXPECT = "expected"
    APPROVE = "approve"
    WAKE = "wake"
    """A snooze is over."""

    STALL = "stall"
    """The watermark stands still."""

    FLOW = "flow"
    """It moves again."""


S, H = State, Signal
KEEP = ""
"""Nothing that is news."""

LIFE: Mapping[tuple[State, Signal], tuple[State, str]] = {
    # nothing there yet
    (S.NONE, H.BREACH): (S.FIRING, "opened"),
    (S.NONE, H.MUTE): (S.STALE, "opened"),
    (S.NONE, H.BURN): (S.FIRING, "opened"),
    (S.NONE, H.WORSE): (S.NONE, KEEP),
    (S.NONE, H.CALM): (S.NONE, KEEP),
    (S.NONE, H.EXPLAINED): (S.NONE, KEEP),
    (S.NONE, H.ACKNOWLEDGE): (S.NONE, KEEP),
    (S.NONE, H.SNOOZE): (S.NONE, KEEP),
    (S.NONE, H.EXPECT): (S.NONE, KEEP),
    (S.NONE, H.APPROVE): (S.NONE, KEEP),
    (S.NONE, H.WAKE): (S.NONE, KEEP),
    (S.NONE, H.STALL): (S.NONE, KEEP),
    (S.NONE, H.FLOW): (S.NONE, KEEP),
    # it burns and nobody has answered
    (S.FIRING, H.BREACH): (S.FIRING, KEEP),
    (S.FIRING, H.MUTE): (S.FIRING, KEEP),
    (S.FIRING, H.BURN): (S.FIRING, KEEP),
    (S.FIRING, H.WORSE): (S.FIRING, "worse"),
    (S.FIRING, H.CALM): (S.RESOLVED, "resolved"),
    (S.FIRING, H.EXPLAINED): (S.MERGED, "merged"),
    (S.FIRING, H.ACKNOWLEDGE): (S.ACKNOWLEDGED, "acknowledged"),
    (S.FIRING, H.SNOOZE): (S.SNOOZED, "snoozed"),
    (S.FIRING, H.EXPECT): (S.EXPECTED, "expected"),
    (S.FIRING, H.APPROVE): (S.ACKNOWLEDGED, "approved"),
    (S.FIRING, H.WAKE): (S.FIRING, KEEP),
    (S.FIRING, H.STALL): (S.STALE, "stale"),
    (S.FIRING, H.FLOW): (S.FIRING, KEEP),
    # somebody is at it
    (S.ACKNOWLEDGED, H.BREACH): (S.ACKNOWLEDGED, KEEP),
    (S.ACKNOWLEDGED, H.MUTE): (S.ACKNOWLEDGED, KEEP),
    (S.ACKNOWLEDGED, H.BURN): (S.ACKNOWLEDGED, KEEP),
    (S.ACKNOWLEDGED, H.WORSE): (S.FIRING, "worse"),
    (S.ACKNOWLEDGED, H.CALM): (S.RESOLVED, "resolved"),
    (S.ACKNOWLEDGED, H.EXPLAINED): (S.MERGED, "merged"),
    (S.ACKNOWLEDGED, H.ACKNOWLEDGE): (S.ACKNOWLEDGED, KEEP),
    (S.ACKNOWLEDGED, H.SNOOZE): (S.SNOOZED, "snoozed"),
    (S.ACKNOWLEDGED, H.EXPECT): (S.EXPECTED, "expected"),
    (S.ACKNOWLEDGED, H.APPROVE): (S.ACKNOWLEDGED, "approved"),
    (S.ACKNOWLEDGED, H.WAKE): (S.ACKNOWLEDGED, KEEP),
    (S.ACKNOWLEDGED, H.STALL): (S.ACKNOWLEDGED, KEEP),
    (S.ACKNOWLEDGED, H.FLOW): (S.ACKNOWLEDGED, KEEP),
    # not now
    (S.SNOOZED, H.BREACH): (S.SNOOZED, KEEP),
    (S.SNOOZED, H.MUTE): (S.SNOOZED, KEEP),
    (S.SNOOZED, H.BURN): (S.SNOOZED, KEEP),
    (S.SNOOZED, H.WORSE): (S.FIRING, "worse"),
    (S.SNOOZED, H.CALM): (S.RESOLVED, "resolved"),
    (S.SNOOZED, H.EXPLAINED): (S.MERGED, "merged"),
    (S.SNOOZED, H.ACKNOWLEDGE): (S.ACKNOWLEDGED, "acknowledged"),
    (S.SNOOZED, H.SNOOZE): (S.SNOOZED, "snoozed"),
    (S.SNOOZED, H.EXPECT): (S.EXPECTED, "expected"),
    (S.SNOOZED, H.APPROVE): (S.ACKNOWLEDGED, "approved"),
    (S.SNOOZED, H.WAKE): (S.FIRING, "woken"),
    (S.SNOOZED, H.STALL): (S.SNOOZED, KEEP),
    (S.SNOOZED, H.FLOW): (S.SNOOZED, KEEP),
    # no data
    (S.STALE, H.BREACH): (S.FIRING, "burns"),
    (S.STALE, H.MUTE): (S.STALE, KEEP),
    (S.STALE, H.BURN): (S.STALE, KEEP),
    (S.STALE, H.WORSE): (S.STALE, KEEP),
    (S.STALE, H.CALM): (S.RESOLVED, "resolved"),
    (S.STALE, H.EXPLAINED): (S.MERGED, "merged"),
    (S.STALE, H.ACKNOWLEDGE): (S.ACKNOWLEDGED, "acknowledged"),
    (S.STALE, H.SNOOZE): (S.SNOOZED, "snoozed"),
    (S.STALE, H.EXPECT): (S.EXPECTED, "expected"),
    (S.STALE, H.APPROVE): (S.ACKNOWLEDGED, "approved"),
    (S.STALE, H.WAKE): (S.STALE, KEEP),
    (S.STALE, H.STALL): (S.STALE, KEEP),
    (S.STALE, H.FLOW): (S.FIRING, "burns"),
    # over; a breach of the same series within two hours is the same overrun again
    (S.RESOLVED, H.BREACH): (S.FIRING, "reopened"),
    (S.RESOLVED, H.MUTE): (S.STALE, "reopened"),
    (S.RESOLVED, H.BURN): (S.FIRING, "reopened"),
    (S.RESOLVED, H.WORSE): (S.RESOLVED, KEEP),
    (S.RESOLVED, H.CALM): (S.RESOLVED, KEEP),
    (S.RESOLVED, H.EXPLAINED): (S.RESOLVED, KEEP),
    (S.RESOLVED, H.ACKNOWLEDGE): (S.RESOLVED, KEEP),
    (S.RESOLVED, H.SNOOZE): (S.RESOLVED, KEEP),
    (S.RESOLVED, H.EXPECT): (S.EXPECTED, "expected"),
    (S.RESOLVED, H.APPROVE): (S.RESOLVED, KEEP),
    (S.RESOLVED, H.WAKE): (S.RESOLVED, KEEP),
    (S.RESOLVED, H.STALL): (S.RESOLVED, KEEP),
    (S.RESOLVED, H.FLOW): (S.RESOLVED, KEEP),
    # somebody said it was expected; what goes beyond is another incident
    **{(S.EXPECTED, signal): (S.EXPECTED, KEEP) for signal in Signal},
    # its life goes on in the incident that explains it
    **{(S.MERGED, signal): (S.MERGED, KEEP) for signal in Signal},
}  # fmt: skip
"""(state, signal) to (next state, what is news; empty for nothing)."""

OVER = frozenset({State.RESOLVED, State.EXPECTED, State.MERGED})
"""States in which nothing more is asked of anybody."""


def step(state: str, signal: Signal) -> tuple[State, str]:
    """The state after a signal, and what is news."""
    return LIFE[State(state), signal]
