"""What burns: how an episode of a rule begins, goes on and ends.

Times are minutes since 1970, money is nano-dollars.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from schemas.ends import Ends
from schemas.rules import Rule, Verdict
from schemas.states import Episode

CALM = 15
"""Minutes over which a pace is judged, for windows up to four hours; else a quarter of them."""

LONG = 240
QUIET_TENTHS = 4
"""An episode is over when its pace falls under so many tenths of its greatest."""


def opened(rule: Rule, verdict: Verdict, minute: int) -> Episode:
    """The episode that a breach at the close of a minute begins."""
    length = verdict.window * rule.grain.minutes
    window = CALM if length <= LONG else length // 4
    excess = max(verdict.excess, 0)
    return Episode(
        rule=rule.name,
        grain=rule.grain,
        opened=minute,
        started=minute - length + 1,
        accrued=excess,
        pace=excess * min(window, length) // length,
        window=window,
        reason=verdict.reason,
    )


def again(rule: Rule, episode: Episode, verdict: Verdict, minute: int) -> Episode:
    """The episode with one more bucket that is a breach."""
    now = opened(rule, verdict, minute)
    more = now.accrued if verdict.latest is None else max(verdict.latest, 0)
    return replace(episode, accrued=episode.accrued + more, pace=now.pace, window=now.window)


class Minute(NamedTuple):
    """What an episode must know of a closed minute."""

    minute: int
    raw: Sequence[int]
    """Raw costs, this minute's last."""

    usual: int
    charges: int
    last: int
    """The series' latest minute with a charge."""


def excess(episode: Episode, now: Minute) -> int:
    """The excess over the episode's window, or since it opened where that is shorter.

    Minutes before the series began count as empty ones: whether any are kept hangs on when a
    pool's share of it was heard of.
    """
    count = min(episode.window, now.minute - episode.started + 1)
    return sum(now.raw[-count:]) - count * now.usual


def burnt(episode: Episode, now: Minute) -> Episode:
    """The episode with one more minute."""
    return replace(
        episode,
        accrued=episode.accrued + max(now.raw[-1] - now.usual, 0),
        pace=max(episode.pace, excess(episode, now)),
    )


def calmed(episode: Episode, rule: Rule, now: Minute, room: int | None) -> bool:
    """Whether the minute ends the episode.

    `room` is what the rule lets the next minute cost, None where it can't say: while less than a
    usual minute would be a breach again, nothing is over. Nor is what keeps exactly to a limit.
    """
    if rule.ends is Ends.SPOKE:
        return now.charges > 0
    if rule.ends is Ends.QUIET:
        return now.minute - now.last >= CALM
    if rule.ends is Ends.NEXT or (room is not None and room < now.usual):
        return False
    quiet = not any(now.raw[-episode.window :])
    return quiet or excess(episode, now) * 10 < episode.pace * QUIET_TENTHS


def hourly(episode: Episode, now: Minute) -> int:
    """The pace of the excess, nano-dollars an hour."""
    count = min(episode.window, max(now.minute - episode.started + 1, 1))
    return max(excess(episode, now), 0) * 60 // count
