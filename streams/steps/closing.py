"""Minutes of a series close one by one: rules judge, episodes go on, detectors learn.

All grains advance by the minute: an hour's rule that finds its ceiling reached says so at the end
of that minute, whatever the batches are, so live and replay say it alike.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from schemas.moments import HOUR_MINUTES, MINUTE, minute_of
from schemas.rules import Ends, Grain, Past, Rule, Verdict
from schemas.states import Bucket, Episode, Series
from streams.book import Books
from streams.steps import episodes, rolling
from streams.steps.amounts import NOTHING, plus
from streams.steps.costs import Costs
from streams.steps.episodes import Minute
from streams.steps.folding import RECENT
from streams.steps.memories import Memories
from streams.steps.step import Draft

BEFORE = 119
"""Minutes that detectors look back on: what was found in them is taken out of learning."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a rule said at the close of a minute, to be made a finding."""

    series: str
    rule: Rule
    phase: str
    minute: int
    episode: Episode
    verdict: Verdict | None
    hourly: int
    cost: int
    usual: int


class Closing:
    """A series from its first open minute on; `moved` says afterwards whether a window changed."""

    def __init__(self, draft: Draft, name: str, books: Books, since: int) -> None:
        known: Series = draft.get(("series", name))
        self._draft, self._name, self._books, self._since = draft, name, books, since
        self._known = known
        self.minute = max(known.closed, known.first)
        self._last = known.last
        self._ceilings = dict(known.ceilings)
        self._bases: dict[str, int | None] = {}
        """What an hour's rule allows the whole hour; asked again where learnt costs change."""
        self._burning = {episode.rule: episode for episode in known.episodes}
        hour = self.minute // HOUR_MINUTES
        self._minutes = Costs(draft, name, Grain.MINUTE, known.first, self.minute)
        self._hours = Costs(draft, name, Grain.HOUR, known.first // HOUR_MINUTES, hour)
        self._memories = Memories(draft, name, known.rules)
        self._labels = draft.below(("label", name))
        self._bucket = NOTHING
        self._hour = draft.get(("bucket", name, "hour", hour)) or NOTHING
        self._version = -1
        self._rules: tuple[Rule, ...] = ()
        self.moved = False
        self.spent: list[tuple[int, int]] = []
        """Minutes that closed with a cost, and the cost."""

    def until(self, end: int) -> Iterator[Said]:
        """Close the minutes before `end`; yields what the rules say, minute by minute."""
        for stop in self._stops(end):
            while self.minute < stop:
                self._edition()
                if not self._skip(stop):
                    yield from self._close()
            if self.minute < end:
                self._edition()
                self._label()
                yield from self._close()
        self._save()

    def _stops(self, end: int) -> list[int]:
        """The minutes before `end` that must not be passed over, then `end`."""
        held = self._draft.below(("bucket", self._name, "minute"))
        wanted = {int(minute) for minute in (*held, *self._labels)}
        return [*sorted(minute for minute in wanted if self.minute <= minute < end), end]

    def early(self) -> Iterator[Said]:
        """What the minute that is still open has decided already. Nothing is kept of this."""
        self._edition()
        self._bucket = self._draft.get(("bucket", self._name, "minute", self.minute)) or NOTHING
        self._hour = plus(self._hour, self._bucket)
        self._minutes.close(self._bucket.cost, self._bucket.cost)
        for rule in self._rules:
            fresh = rule.name not in self._burning and rule.name in self._ceilings
            verdict = self._verdict(rule) if fresh else None
            if verdict is not None and verdict.breach:
                episode = episodes.opened(rule, verdict, self.minute)
                yield self._said(rule, "early", episode, verdict)

    def _label(self) -> None:
        """Let in what people called expected, from the minute in which that takes effect."""
        label = self._labels.get(self.minute)
        if label is not None:
            self._teach(minute_of(label.start), minute_of(label.end))
            self._draft.put(("label", self._name, self.minute), None)

    def _skip(self, until: int) -> bool:
        """Pass over empty minutes that say nothing to anybody, within the hour."""
        if self._burning or not all(rule.idles for rule in self._rules):
            return False
        count = min(until, self.minute // HOUR_MINUTES * HOUR_MINUTES + 59) - self.minute
        quiet = not any(self._minutes.raw[-RECENT:]) and len(self._minutes.raw) >= RECENT
        if count <= 0 or not quiet:
            return False
        self._minutes.empty(count)
        self.minute += count
        return True

    def _edition(self) -> None:
        """Take the rules of the rulebook that is in force in this minute."""
        version = self._books.index(self.minute * MINUTE)
        if version == self._version:
            return
        first, self._version = self._version < 0, version
        self._rules = self._books.versions[version].rules(self._name)
        for rule in self._rules:
            self._memories.begin(rule, self._costs(rule), self._since // rule.grain.minutes)
            if not first or rule.name not in self._ceilings:
                self._ceil(rule, self.minute)
        for name in self._ceilings.keys() - {rule.name for rule in self._rules}:
            del self._ceilings[name]

    def _close(self) -> Iterator[Said]:
        """One minute: judge, then learn, then say what the next one may cost."""
        found = self._draft.get(("bucket", self._name, "minute", self.minute))
        self._bucket = NOTHING if found is None else found
        if found is not None:
            self._hour = plus(self._hour, found)
            self._last = self.minute if found.charges else self._last
            self.spent.append((self.minute, found.cost))
            self.moved = True
        self._minutes.close(self._bucket.cost, self._bucket.cost)
        for rule in self._rules:
            yield from self._judge(rule)
        self._guard()
        self._learn(Grain.MINUTE)
        self.minute += 1
        if self.minute % HOUR_MINUTES == 0:
            self._turn()
        for rule in self._rules:
            self._ceil(rule, self.minute)
        self._expire(self.minute - RECENT)

    def _judge(self, rule: Rule) -> Iterator[Said]:
        """Go on with the rule's episode, or see whether one begins."""
        episode = self._burning.get(rule.name)
        if episode is not None:
            yield self._burn(rule, episode)
            return
        verdict = self._verdict(rule)
        if verdict is not None and verdict.breach:
            episode = self._burning[rule.name] = episodes.opened(rule, verdict, self.minute)
            if rule.guards:
                self._take_out(rule, verdict.window * rule.grain.minutes)
            yield self._said(rule, "breach", episode, verdict)

    def _verdict(self, rule: Rule) -> Verdict | None:
        """What the rule says of its bucket, if this minute may have decided it."""
        if rule.name in self._ceilings:
            cost = self._bucket.cost
            free = self._bucket.charges > 0 and cost == 0
            if cost < self._ceilings[rule.name] and not free:
                return None
        elif (self.minute + 1) % rule.grain.minutes:
            return None
        past = self._past(rule, self.minute)
        return rule.verdict(self._memories.of(rule), past, self._filled(rule))

    def _burn(self, rule: Rule, episode: Episode) -> Said:
        """One more minute of an episode: it goes on, calms, or is accepted."""
        now = self._now(rule, episode)
        episode = episodes.burnt(episode, now)
        over = self._next(rule) or episodes.calmed(episode, rule, now, self._room(rule))
        if self.minute - episode.started >= rule.patience:
            over, episode = True, replace(episode, reason="accepted as the new level")
            self._teach(episode.started, self.minute + 1)
        if over:
            del self._burning[rule.name]
        else:
            self._burning[rule.name] = episode
        return self._said(rule, "calm" if over else "burning", episode, None)

    def _next(self, rule: Rule) -> bool:
        """Whether a bucket of a rule that is calmed by one has closed without a breach."""
        if rule.ends is not Ends.NEXT or (self.minute + 1) % rule.grain.minutes:
            return False
        past = self._past(rule, self.minute)
        return not rule.verdict(self._memories.of(rule), past, self._filled(rule)).breach

    def _said(self, rule: Rule, phase: str, episode: Episode, verdict: Verdict | None) -> Said:
        now = self._now(rule, episode)
        pace = episodes.hourly(episode, now)
        return Said(
            self._name, rule, phase, self.minute, episode, verdict, pace, now.raw[-1], now.usual
        )

    def _now(self, rule: Rule, episode: Episode) -> Minute:
        return Minute(
            minute=self.minute,
            raw=self._minutes.raw[-episode.window :],
            usual=rule.usual(self._memories.of(rule), self.minute),
            charges=self._bucket.charges,
            last=self._last,
        )

    def _costs(self, rule: Rule) -> Costs:
        return self._minutes if rule.grain is Grain.MINUTE else self._hours

    def _past(self, rule: Rule, minute: int) -> Past:
        """What is known when the rule's bucket that holds the minute begins."""
        size, costs = rule.grain.minutes, self._costs(rule)
        at = minute // size
        seen = costs.learnt if rule.guards else costs.raw
        end = at - costs.start
        return Past(
            at=at,
            costs=seen[max(0, end - rule.memory) : end] if rule.memory else (),
            first=self._known.first // size,
            last=self._last // size,
            since=self._since // size,
        )

    def _running(self, rule: Rule, minute: int) -> int:
        """The cost of the hour before the minute, as the rule sees it."""
        seen = self._minutes.learnt if rule.guards else self._minutes.raw
        end = minute - self._minutes.start
        return sum(seen[max(0, end - minute % HOUR_MINUTES) : end])

    def _filled(self, rule: Rule) -> Bucket:
        """The rule's bucket as this minute leaves it; a guard sees it without what was found."""
        if rule.grain is Grain.MINUTE:
            return self._bucket
        if not rule.guards:
            return self._hour
        return replace(self._hour, cost=self._running(rule, self.minute) + self._bucket.cost)

    def _ceil(self, rule: Rule, minute: int) -> None:
        """Keep what the rule lets an open minute cost."""
        room = self._room_of(rule, minute)
        if room is not None:
            self._ceilings[rule.name] = room
        else:
            self._ceilings.pop(rule.name, None)

    def _room_of(self, rule: Rule, minute: int) -> int | None:
        memory = self._memories.of(rule)
        if rule.grain is Grain.MINUTE:
            return rule.ceiling(memory, self._past(rule, minute))
        if rule.name not in self._bases:
            self._bases[rule.name] = rule.ceiling(memory, self._past(rule, minute))
        base = self._bases[rule.name]
        return None if base is None else base - self._running(rule, minute)

    def _room(self, rule: Rule) -> int | None:
        """What the rule lets the next minute cost; not known before its hour has closed."""
        if rule.grain is not Grain.MINUTE and (self.minute + 1) % HOUR_MINUTES == 0:
            return None
        return self._room_of(rule, self.minute + 1)

    def _guard(self) -> None:
        """What burns is learnt as its usual cost."""
        burning = [rule for rule in self._rules if rule.guards and rule.name in self._burning]
        if burning:
            usual = min(rule.usual(self._memories.of(rule), self.minute) for rule in burning)
            self._minutes.learnt[-1] = min(self._bucket.cost, max(usual, 0))

    def _take_out(self, rule: Rule, length: int) -> None:
        """What a window held when it was found is learnt as its usual cost."""
        memory, costs = self._memories.of(rule), self._minutes
        start = self.minute - length + 1
        for minute in range(max(start, self.minute - BEFORE, costs.start), self.minute):
            usual = max(rule.usual(memory, minute), 0)
            costs.relearn(minute, min(costs.learnt[minute - costs.start], usual))
        hours = self._hours
        for hour in range(max(start // HOUR_MINUTES, hours.start), self.minute // HOUR_MINUTES):
            usual = max(rule.usual(memory, hour * HOUR_MINUTES), 0) * HOUR_MINUTES
            hours.relearn(hour, min(hours.learnt[hour - hours.start], usual))
        self._bases.clear()

    def _teach(self, start: int, end: int) -> None:
        """What was kept out of learning in `[start, end)` was usual after all."""
        restored = {}
        for costs, size in ((self._minutes, 1), (self._hours, HOUR_MINUTES)):
            known = range(max(start // size, costs.start), min(-(-end // size), costs.end))
            for at in known:
                costs.relearn(at, costs.raw[at - costs.start])
            restored[size] = [costs.raw[at - costs.start] for at in known]
        for rule in self._rules:
            if rule.guards:
                self._memories.teach(rule, restored[rule.grain.minutes])
        self._bases.clear()

    def _learn(self, grain: Grain) -> None:
        for rule in self._rules:
            if rule.grain is grain:
                costs = self._costs(rule)
                seen = costs.learnt if rule.guards else costs.raw
                self._memories.learn(rule, self._past(rule, self.minute), seen[-1])

    def _turn(self) -> None:
        """An hour is over: into its block, its day and the windows."""
        hour = self.minute // HOUR_MINUTES - 1
        learnt = sum(self._minutes.learnt[-HOUR_MINUTES:])
        self._hours.close(sum(self._minutes.raw[-HOUR_MINUTES:]), learnt)
        self.minute -= 1
        self._learn(Grain.HOUR)
        self.minute += 1
        if self._hour is not NOTHING:
            self._draft.put(("bucket", self._name, "hour", hour), self._hour)
        rolling.turn(self._draft, self._name, hour)
        self._hour, self.moved = NOTHING, True
        self._bases.clear()

    def _expire(self, minute: int) -> None:
        if self._draft.get(("bucket", self._name, "minute", minute)) is not None:
            self._draft.put(("bucket", self._name, "minute", minute), None)
            self.moved = True

    def _save(self) -> None:
        self._minutes.save()
        self._hours.save()
        hour = self.minute // HOUR_MINUTES
        if self._hour is not NOTHING:
            self._draft.put(("bucket", self._name, "hour", hour), self._hour)
        self._draft.put(
            ("series", self._name),
            replace(
                self._known,
                last=self._last,
                closed=self.minute,
                ceilings=self._ceilings,
                rules=tuple(sorted(self._memories.begun)),
                episodes=tuple(self._burning[name] for name in sorted(self._burning)),
            ),
        )
