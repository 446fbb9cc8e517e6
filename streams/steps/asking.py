"""What a rule is asked of one series: what it lets the next bucket cost, what it says, learns."""

from collections.abc import Mapping, Sequence

from msgspec import structs

from schemas.rules import ANY, Grain, Past, Rule, Verdict
from schemas.states import Bucket
from streams.steps.line import Line
from streams.steps.memories import Memories

UNASKED = -1
"""A ceiling that was not asked for yet: those of rules are above 0."""


class Asking:
    """A rule with its memory and its past."""

    __slots__ = (
        "_at", "_base", "_edits", "_line", "_memories", "_memory", "_past", "_size",
        "breached", "guards", "minutely", "rule",
    )  # fmt: skip

    def __init__(self, rule: Rule, line: Line, memories: Memories) -> None:
        self.rule, self._line, self._memories = rule, line, memories
        self.breached = -1
        """The bucket that it has called a breach: a bucket is one once."""

        self.minutely = rule.grain is Grain.MINUTE
        self._size, self._memory, self.guards = rule.grain.minutes, rule.memory, rule.guards
        self._past: Past | None = None
        self._base: int | None = UNASKED
        self._at, self._edits = -1, -1
        """The bucket and the edits that past and base are of."""

    def _look(self) -> Past:
        """What is known when the rule's bucket of this minute begins."""
        line = self._line
        at = line.minute // self._size
        last = line.last // self._size
        if self._past is not None and self._at == at and self._edits == line.edits:
            if self._past.last != last:
                self._past = self._past._replace(last=last)
            return self._past
        costs = line.costs(self.rule.grain)
        costs.reach(at - self._memory)
        seen = costs.learnt if self.guards else costs.raw
        first, end = line.first // self._size, at - costs.start
        past = Past(
            at,
            seen[max(0, end - self._memory, first - costs.start) : end] if self._memory else (),
            first,
            last,
            line.since // self._size,
            line.siblings if self.rule.siblings > max(line.minute - line.first, 0) else None,
        )
        self._past, self._at, self._edits, self._base = past, at, line.edits, UNASKED
        return past

    def bar(self) -> int | None:
        """What the rule's whole bucket may cost before it may be a breach."""
        past = self._look()
        if self._base == UNASKED:
            self._base = self.rule.ceiling(self._memories.of(self.rule), past)
        return self._base

    def room(self) -> int | None:
        """What the rule lets this minute cost before its bucket may be a breach."""
        bar = self.bar()
        return bar if bar is None or self.minutely else bar - self._spent()

    def _spent(self) -> int:
        """What the rule's hour has cost before this minute."""
        return self._line.hour_learnt if self.guards else self._line.hour_raw

    def judge(self) -> Verdict | None:
        """What the rule says of its bucket, if this minute decides it."""
        bucket, room = self._line.bucket, self.room()
        if self._at == self.breached:
            return None
        if room is not None:
            if bucket.cost < room and (bucket.cost or not bucket.charges):
                return None
        elif (self._line.minute + 1) % self._size:
            return None
        return self.rule.verdict(self._memories.of(self.rule), self._look(), self._filled())

    def passes(self, hour: Bucket, costs: Sequence[int]) -> bool:
        """Whether the rule surely finds nothing in the hour that begins with this minute, if it
        holds that, `costs` in its minutes. A rule of minutes is one that learns nothing.
        """
        if self.minutely and not hour.cost:
            return self.rule.idles
        past = self._look()
        if self.minutely:
            return self.rule.quiet(self._memories.of(self.rule), past, costs)
        if self._at == self.breached:
            return True
        bar = None if self.guards else self.bar()  # one that guards is sooner asked itself
        if bar is not None:
            return hour.cost < bar
        past = past._replace(last=past.at) if hour.charges else past
        return not self.rule.verdict(self._memories.of(self.rule), past, hour).breach

    def quiet_hours(self, hours: Sequence[int], minutes: Sequence[int]) -> bool:
        """Whether hours of these costs, in whose minutes that is spent, surely say and teach
        nothing. They begin with this minute and end before the last of a day; a rule of minutes is
        one that learns nothing.
        """
        if self.minutely and not any(hours):
            return self.rule.idles
        costs = minutes if self.minutely else hours
        return self.rule.quiet(self._memories.of(self.rule), self._look(), costs)

    def as_it_was(self, hour: Bucket) -> Verdict:
        """What a rule of hours says of this one with what was found in those before: by what it
        has learnt, but of the costs as they were.
        """
        past, raw = self._look(), self._line.hours.raw
        past = past._replace(costs=raw[len(raw) - len(past.costs) :])
        past = past._replace(last=past.at) if hour.charges else past
        return self.rule.verdict(self._memories.of(self.rule), past, hour)

    @property
    def usual(self) -> int:
        """What this minute costs if nothing is wrong, nano-dollars."""
        return self.rule.usual(self._memories.of(self.rule), self._line.minute)

    def _filled(self) -> Bucket:
        """The rule's bucket as this minute leaves it; a guard sees it without what was found."""
        if self.minutely:
            return self._line.bucket
        if not self.guards:
            return self._line.hour
        return structs.replace(self._line.hour, cost=self._spent() + self._line.bucket.cost)

    def quiet(self, found: Mapping[int, Bucket], minutes: range) -> bool:
        """Whether these minutes, from this one on, surely say and teach nothing.

        `found` are the buckets of those that are not empty. The minutes end before the last of the
        hour, so an hour's rule has only its ceiling. A charge without a cost must be looked at.
        """
        if not found:
            return self.rule.idles
        if any(one.charges and not one.cost for one in found.values()):
            return False
        past, room = self._look(), self.room()
        if not self.minutely:
            spent = sum(one.cost for one in found.values())
            return room is None or spent < room or self._at == self.breached
        costs = [found[at].cost if at in found else 0 for at in minutes]
        return self.rule.quiet(self._memories.of(self.rule), past, costs)

    def rests(self) -> int:
        """What minutes from this one on may cost less than, together, and surely say and teach
        nothing before the last of the hour: an hour's rule has only its ceiling. 0: it can't tell.
        """
        if not self.rule.idles:
            return 0
        past, room = self._look(), self.room()
        if self.minutely:
            return max(self.rule.rests(self._memories.of(self.rule), past), 0)
        return ANY if room is None else max(room, 0)

    def learn(self, bucket: Bucket) -> None:
        """Learn the bucket that closes with this minute."""
        self._memories.learn(self.rule, self._look(), bucket)
        if not self.minutely:
            self._past = None
