"""One rule on one series: its episode, and what it says at the close of a minute."""

from dataclasses import dataclass, replace

from schemas.ends import Ends
from schemas.moments import HOUR_MINUTES
from schemas.rules import Rule, Verdict
from schemas.states import Episode
from streams.steps import composing, episodes
from streams.steps.asking import Asking
from streams.steps.composing import NOT_KNOWN, Why
from streams.steps.episodes import Minute
from streams.steps.line import BEFORE, Line
from streams.steps.memories import Memories

ACCEPTED = "accepted as the new level"


@dataclass(frozen=True, slots=True)
class Said:
    """What a rule said at the close of a minute, to be made a finding; nano-dollars."""

    series: str
    rule: Rule
    phase: str
    minute: int
    episode: Episode
    verdict: Verdict | None
    hourly: int
    cost: int
    usual: int
    why: Why


class Watcher(Asking):
    """A rule on one series, and its episode, if something burns."""

    __slots__ = ("episode",)

    def __init__(self, rule: Rule, line: Line, memories: Memories, episode: Episode | None) -> None:
        super().__init__(rule, line, memories)
        self.episode = episode

    def begin(self, verdict: Verdict) -> Said:
        """A breach begins an episode; what a guard finds is taken out of learning."""
        self.episode = episodes.opened(self.rule, verdict, self._line.minute)
        self.breached = self._at
        if self.guards:
            self._take_out(verdict.window * self.rule.grain.minutes)
        return self.said("breach", self.episode, verdict)

    def begin_early(self, verdict: Verdict) -> Said:
        """The same of a bucket that is still open: nothing is kept of this."""
        return self.said("early", episodes.opened(self.rule, verdict, self._line.minute), verdict)

    def _take_out(self, length: int) -> None:
        """What the window held before this minute is learnt as its usual cost."""
        line, rule, memory = self._line, self.rule, self._memories.of(self.rule)
        start = line.minute - length + 1
        minutes, hours = line.minutes, line.hours
        for minute in range(max(start, line.minute - BEFORE, minutes.kept), line.minute):
            usual = max(rule.usual(memory, minute), 0)
            line.relearn(minute, min(minutes.learnt_at(minute), usual))
        for hour in range(max(start // HOUR_MINUTES, hours.kept), line.minute // HOUR_MINUTES):
            usual = max(rule.usual(memory, hour * HOUR_MINUTES), 0) * HOUR_MINUTES
            hours.relearn(hour, min(hours.learnt_at(hour), usual))
        line.edits += 1

    def burn(self) -> Said:
        """One more minute of an episode: it goes on, calms, or is accepted."""
        episode = self.episode
        assert episode is not None  # noqa: S101 - only called while something burns
        window = episode.window
        now = self._now(window)
        verdict = self._next()
        episode = self._burnt(episode, now, verdict)
        over = verdict is not None and not verdict.breach
        over = over or episodes.calmed(episode, self.rule, now, self._room_after())
        if now.minute - episode.opened >= self.rule.patience:
            over, episode = True, replace(episode, reason=ACCEPTED)
        self.episode = None if over else episode
        seen = now if episode.window == window else None
        return self.said("calm" if over else "burning", episode, None, seen)

    def _burnt(self, episode: Episode, now: Minute, verdict: Verdict | None) -> Episode:
        """The episode with what this minute adds: by the bucket where only that can tell.

        Who speaks again after a silence spends nothing too much.
        """
        if self.rule.ends is Ends.SPOKE:
            return episode
        if self.rule.ends is not Ends.NEXT or self.room() is not None:
            return episodes.burnt(episode, now)
        if verdict is None or not verdict.breach:
            return episode
        return episodes.again(self.rule, episode, verdict, now.minute)

    def _next(self) -> Verdict | None:
        """What the rule says of a bucket that has closed, where that can calm it."""
        whole = (self._line.minute + 1) % self.rule.grain.minutes == 0
        if self.rule.ends is not Ends.NEXT or not whole:
            return None
        return self.rule.verdict(self._memories.of(self.rule), self._look(), self._filled())

    def _room_after(self) -> int | None:
        """What a rule of minutes lets the next one cost; an hour is a breach once anyway."""
        rule = self.rule
        if rule.ends is not Ends.PACE or not self.minutely:
            return None
        past = self._look()
        cost = self._learnt() if self.guards else self._line.bucket.cost
        costs = [*past.costs, cost][-rule.memory :] if rule.memory else ()
        return rule.ceiling(self._memories.of(rule), past._replace(at=past.at + 1, costs=costs))

    def _learnt(self) -> int:
        """What this minute is learnt as while the rule burns."""
        usual = self.rule.usual(self._memories.of(self.rule), self._line.minute)
        return min(self._line.bucket.cost, max(usual, 0))

    def kept_out(self, cost: int) -> int:
        """What this minute is learnt as while the rule burns, where others learn `cost`."""
        return min(cost, self._learnt()) if self.guards else cost

    def said(
        self, phase: str, episode: Episode, verdict: Verdict | None, seen: Minute | None = None
    ) -> Said:
        """What the rule says at the close of this minute, which `seen` is if it is known."""
        line, now = self._line, seen or self._now(episode.window)
        if self.rule.ends is Ends.NEXT:
            pace = episode.pace * HOUR_MINUTES // episode.window
        else:
            pace = episodes.hourly(episode, now)
        why = NOT_KNOWN if verdict is None else composing.why(line, self.rule, verdict)
        return Said(
            line.name, self.rule, phase, line.minute, episode, verdict, pace, now.raw[-1],
            now.usual, why,
        )  # fmt: skip

    def _now(self, window: int) -> Minute:
        line = self._line
        line.minutes.reach(line.minute - window + 1)
        return Minute(
            minute=line.minute,
            raw=[*line.minutes.raw[-(window - 1) :], line.bucket.cost],
            usual=self.rule.usual(self._memories.of(self.rule), line.minute),
            charges=line.bucket.charges,
            last=line.last,
        )
