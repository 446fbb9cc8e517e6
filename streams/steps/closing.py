"""Minutes of a series close one by one: rules judge, episodes go on, detectors learn.

All grains advance by the minute: an hour's rule that finds its ceiling reached says so at the end
of that minute, whatever the batches are, so live and replay say it alike.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from msgspec import structs

from schemas.moments import HOUR_MINUTES, MINUTE, minute_of
from schemas.rules import ANY
from schemas.states import Bucket, Episode, Series
from streams.book import Books
from streams.steps import burnt, former, resting, rolling
from streams.steps.folding import RECENT
from streams.steps.line import Line
from streams.steps.memories import Memories
from streams.steps.step import Draft
from streams.steps.watcher import ACCEPTED, Said, Watcher

DROPPED = "the rulebook no longer has this rule"


class Closing:
    """A series from its first open minute on; `moved` says afterwards whether a window changed.

    `clock`: minutes before it are closed for the partition, and said nothing where it rested.
    """

    def __init__(self, draft: Draft, name: str, books: Books, since: int, clock: int) -> None:
        self._known: Series = draft.get(("series", name))
        self._draft, self._name, self._books = draft, name, books
        self._line = Line(draft, name, since)
        self._memories = Memories(draft, name, self._known.rules)
        self._held = draft.below(("bucket", name, "minute"))
        self._labels = draft.below(("label", name))
        self._catch_up(clock)
        self._burning = {episode.rule: episode for episode in self._known.episodes}
        self._version, self._idles = -1, True
        self._watchers: list[Watcher] = []
        self.moved = False
        self.spent: list[tuple[int, int]] = []
        """Minutes that closed with a cost, and the cost."""

    def _catch_up(self, clock: int) -> None:
        """Close the minutes in which it rested, of which nothing was to be said or learnt."""
        rested = range(self._line.minute, clock)
        if rested:
            found = {at: self._held[at] for at in rested if at in self._held}
            self._line.run(found, len(rested))

    def until(self, end: int) -> list[Said]:
        """Close the minutes before `end`; what the rules say, minute by minute."""
        said: list[Said] = []
        line, marked = self._line, self._marked()
        while line.minute < end:
            if line.minute in marked:
                self._edition(said)
                self._label()
            last = line.minute - line.minute % HOUR_MINUTES + HOUR_MINUTES - 1
            stop = min([end, last, *(mark for mark in marked if mark > line.minute)])
            if not self._run(stop):
                self._one_by_one(max(stop, line.minute + 1), said)
        self._save(said)
        return said

    def _marked(self) -> set[int]:
        """Minutes in which a rulebook or a label takes effect, and the first."""
        return {
            *former.begins(self._books),
            *(int(minute) for minute in self._labels),
            self._line.minute,
        }

    def _run(self, stop: int) -> bool:
        """Close the minutes before `stop` at once, if no rule must see any of them.

        They are of one hour and end before its last minute.
        """
        line, held = self._line, self._held
        minutes = range(line.minute, stop)
        if not minutes or any(one.episode for one in self._watchers):
            return False
        found = {at: held[at] for at in minutes if at in held}
        if not all(one.quiet(found, minutes) for one in self._watchers):
            return False
        line.run(found, len(minutes))
        self.spent += [(at, bucket.cost) for at, bucket in found.items()]
        return True

    def _one_by_one(self, stop: int, said: list[Said]) -> None:
        """Close the minutes before `stop`; empty ones that say nothing are passed over."""
        line = self._line
        while line.minute < stop:
            last = line.minute % HOUR_MINUTES == HOUR_MINUTES - 1
            if line.minute in self._held or last or not self._passes():
                self._close(said)
            else:
                line.run({}, 1)

    def _passes(self) -> bool:
        """Whether an empty minute says nothing to anybody."""
        return self._idles and not any(one.episode for one in self._watchers)

    def _edition(self, said: list[Said]) -> None:
        """Take the rules of the rulebook that is in force in this minute."""
        version = self._books.index(self._line.minute * MINUTE)
        if version == self._version:
            return
        self._version = version
        rules = self._books.versions[version].rules(self._name)
        self._memories.edit(rules, self._line.costs, self._line.since)
        burning = {one.rule.name: one.episode for one in self._watchers} or dict(self._burning)
        said += self._dropped(burning, {rule.name for rule in rules})
        breached = dict(self._known.breached)
        breached |= {one.rule.name: one.breached for one in self._watchers}
        self._watchers = [
            Watcher(rule, self._line, self._memories, burning.get(rule.name)) for rule in rules
        ]
        for one in self._watchers:
            one.breached = breached.get(one.rule.name, one.breached)
        self._idles = all(rule.idles for rule in rules)

    def _dropped(self, burning: Mapping[str, Episode | None], kept: set[str]) -> Iterator[Said]:
        """What burns of rules that the rulebook no longer has ends with them."""
        self._line.take(None)
        for name, episode in sorted(burning.items()):
            rule = former.rule(self._books, self._name, name) if name not in kept else None
            if episode is not None and rule is not None:
                over = replace(episode, reason=DROPPED)
                yield Watcher(rule, self._line, self._memories, over).said("calm", over, None)

    def _close(self, said: list[Said]) -> None:
        """One minute: judge, then learn."""
        line = self._line
        bucket = self._held.get(line.minute)
        line.take(bucket)
        learnt = line.bucket.cost
        if bucket is not None:
            self.spent.append((line.minute, learnt))
        for one in self._watchers:
            self._judge(one, said)
        for one in self._watchers:
            if one.episode is not None:
                learnt = one.kept_out(learnt)
        self._learn(line.bucket, learnt, minutely=True)
        line.close(learnt)
        if line.minute % HOUR_MINUTES == 0:
            self._turn()

    def _learn(self, bucket: Bucket, learnt: int, minutely: bool) -> None:
        """Let the rules of one grain learn a bucket, those that guard without what was found."""
        if self._line.minute < self._line.first:
            return
        guarded = bucket if learnt == bucket.cost else structs.replace(bucket, cost=learnt)
        for one in self._watchers:
            if one.minutely == minutely:
                one.learn(guarded if one.guards else bucket)

    def _judge(self, one: Watcher, said: list[Said]) -> None:
        """Go on with the rule's episode, or see whether one begins."""
        if one.episode is not None:
            started = one.episode.started
            said.append(one.burn())
            if said[-1].episode.reason == ACCEPTED:
                self._teach(started, self._line.minute)
            return
        verdict = one.judge()
        if verdict is not None and verdict.breach:
            said.append(one.begin(verdict))

    def _turn(self) -> None:
        """An hour is over, and learnt."""
        line = self._line
        line.minute -= 1
        self._learn(line.hour, line.hour_learnt, minutely=False)
        line.minute += 1
        self._turned(line.turn())

    def _turned(self, hour: int) -> None:
        """An hour joins its day and the windows."""
        rolling.turn(self._draft, self._name, hour)
        burnt.forget(self._draft, self._name, self._line.minute)
        self.moved = True

    def _label(self) -> None:
        """Let in what people called expected, from the minute in which that takes effect."""
        label = self._labels.get(self._line.minute)
        if label is not None:
            self._teach(minute_of(label.start), minute_of(label.end))
            self._draft.put(("label", self._name, self._line.minute), None)

    def _teach(self, start: int, end: int) -> None:
        """What was kept out of learning in `[start, end)` was usual after all."""
        line = self._line
        restored = line.restore(start, end)
        for one in self._watchers:
            grain = one.rule.grain
            since = line.since // grain.minutes
            self._memories.teach(one.rule, restored[grain], line.costs(grain), since)

    def early(self) -> Iterator[Said]:
        """What the minute that is still open has decided already, but for what was told of it.

        Nothing is kept of this. A minute in which a label takes effect is looked at as it closes.
        """
        self._edition([])
        if self._line.minute in self._labels:
            return
        self._line.take(self._held.get(self._line.minute))
        for one in self._watchers:
            told = self._known.told.get(one.rule.name) == self._line.minute
            if one.episode is None and not told and one.room() is not None:
                verdict = one.judge()
                if verdict is not None and verdict.breach:
                    yield one.begin_early(verdict)

    def begun(self, known: Series) -> Series:
        """A series none of whose minutes has closed, with what its first one may cost."""
        self._edition([])
        rulebook = self._books.versions[self._version].hash
        return replace(known, ceilings=self._ceilings(), rulebook=rulebook)

    def _ceilings(self) -> dict[str, int]:
        """What each rule that does not burn lets the open minute cost, by rule."""
        rooms = {one.rule.name: one.room() for one in self._watchers if one.episode is None}
        return {name: room for name, room in sorted(rooms.items()) if room is not None}

    def _save(self, said: list[Said]) -> None:
        """Keep the series as it now stands, with what the open minute may cost."""
        self._edition(said)
        self._line.save()
        burnt.keep(self._draft, said)
        for minute in self._held:
            if int(minute) <= self._line.minute - RECENT:
                self._draft.put(("bucket", self._name, "minute", minute), None)
                self.moved = True
        self.moved = self.moved or bool(self.spent)
        rests = self._rests()
        self._draft.put(
            ("series", self._name),
            replace(
                self._known,
                last=self._line.last,
                closed=self._line.minute,
                ceilings=self._ceilings(),
                breached={
                    one.rule.name: one.breached for one in self._watchers if one.breached >= 0
                },
                rules=tuple(sorted(self._memories.begun)),
                episodes=tuple(one.episode for one in self._watchers if one.episode is not None),
                rests=rests,
                rulebook=self._books.versions[self._version].hash,
            ),
        )
        self._draft.put((*resting.LEFT, self._name), rests or None)

    def _rests(self) -> int:
        """What its minutes may cost together before one has to be looked at; 0: each has to be.

        What burnt lately is closed minute by minute, because people look at its minutes.
        """
        line = self._line
        last = line.minute % HOUR_MINUTES == HOUR_MINUTES - 1
        if last or line.first > line.minute or any(one.episode for one in self._watchers):
            return 0
        if burnt.lately(self._draft, self._name, line.minute):
            return 0
        return min((one.rests() for one in self._watchers), default=ANY)
