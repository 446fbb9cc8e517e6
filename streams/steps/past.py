"""A series whose past is closed at once: the rules, episodes and learning of live, nothing kept.

Beside what rules say it notes what those that can tell say of every bucket, breach or not.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from schemas.moments import HOUR_MINUTES
from schemas.rules import Verdict
from schemas.states import Bucket
from streams.book import Books
from streams.steps import burnt
from streams.steps.amounts import NOTHING
from streams.steps.closing import Closing
from streams.steps.step import Draft
from streams.steps.watcher import Said, Watcher


class Noted(NamedTuple):
    """What a rule says of a bucket that closes with a minute, and the bucket's bar."""

    rule: str
    minute: int
    bar: int | None
    usual: int
    """Nano-dollars that the bucket costs if nothing is wrong."""

    verdict: Verdict


class Past(Closing):
    """Closes a series from its first minute on; `noted` holds what the named rules of hours say."""

    def __init__(
        self, draft: Draft, name: str, books: Books, since: int, asked: Collection[str]
    ) -> None:
        super().__init__(draft, name, books, since, 0)
        self._asked = asked
        self.noted: list[Noted] = []

    def _judge(self, one: Watcher, said: list[Said]) -> None:
        last = self._line.minute % HOUR_MINUTES == HOUR_MINUTES - 1
        if last and not one.minutely and one.rule.name in self._asked:
            self._note(one, one.asked())
        super()._judge(one, said)

    def _note(self, one: Watcher, verdict: Verdict) -> None:
        usual = one.usual * HOUR_MINUTES
        self.noted.append(Noted(one.rule.name, self._line.minute, one.bar, usual, verdict))

    def _turned(self, hour: int) -> None:
        """Nobody asks for windows."""

    def _save(self, said: list[Said]) -> None:
        """No more is kept than what burnt."""
        self._edition(said)
        burnt.keep(self._draft, said)


class Evenly(Past):
    """The same where only hours are known: each is spread evenly over its minutes.

    An hour in which nothing is found closes at once; only the others go minute by minute. There is
    one version of the rulebook, and no label.
    """

    def __init__(
        self,
        draft: Draft,
        name: str,
        books: Books,
        since: int,
        asked: Collection[str],
        hours: "Hours",
    ) -> None:
        super().__init__(draft, name, books, since, asked)
        self._held = self._hours = hours

    def until(self, end: int) -> list[Said]:
        """Close the hours before `end`."""
        said: list[Said] = []
        self._edition(said)
        line, at_once = self._line, not any(one.minutely for one in self._watchers)
        while line.minute < end:
            if not (at_once and self._hour()):
                self._one_by_one(line.minute + HOUR_MINUTES, said)
        self._save(said)
        return said

    def _hour(self) -> bool:
        """Close an hour at once, if no rule finds anything in it."""
        line, watchers = self._line, self._watchers
        if any(one.episode for one in watchers):
            return False
        held = self._hours.whole(line.minute)
        if held.bucket.charges and not held.bucket.cost:
            return False
        told = [one.whole(held.bucket, one.rule.name in self._asked) for one in watchers]
        if not all(passes for passes, _ in told):
            return False
        for one, (_, verdict) in zip(watchers, told, strict=True):
            if verdict is not None and one.rule.name in self._asked:
                self._note(one, verdict)
        line.run_together(held.costs, held.bucket, held.last or line.last)
        if held.bucket.cost:
            self.spent.append((line.minute - 1, held.bucket.cost))
        self._turn()
        return True


class Whole(NamedTuple):
    """An hour: each minute's cost, all that they hold, the last that is not empty or 0."""

    costs: list[int]
    bucket: Bucket
    last: int


EMPTY = Whole([0] * HOUR_MINUTES, NOTHING, 0)


class Hours(Mapping[str | int, Bucket]):
    """The minutes of hours whose costs are known: the first of an hour hold what does not divide.

    A view that makes each minute when it is asked for; iterated over it is empty, as nothing of
    it has to be kept or forgotten.
    """

    def __init__(
        self, first: int, costs: Sequence[int], quantities: Mapping[str, Sequence[int]]
    ) -> None:
        self._first, self._costs, self._quantities = first, costs, quantities

    def __getitem__(self, minute: str | int) -> Bucket:
        place, part = divmod(int(minute) - self._first * HOUR_MINUTES, HOUR_MINUTES)
        if not 0 <= place < len(self._costs):
            raise KeyError(minute)
        whole, rest = divmod(self._costs[place], HOUR_MINUTES)
        cost = whole + (part < rest)
        held = {name: _part(amounts[place], part) for name, amounts in self._quantities.items()}
        held = {name: amount for name, amount in held.items() if amount}
        if not cost and not held:
            raise KeyError(minute)
        return Bucket(cost=cost, charges=1, quantities=held)

    def __iter__(self) -> Iterator[str | int]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def whole(self, minute: int) -> Whole:
        """The hour that begins with a minute."""
        place = minute // HOUR_MINUTES - self._first
        if not 0 <= place < len(self._costs):
            return EMPTY
        cost = self._costs[place]
        each, rest = divmod(cost, HOUR_MINUTES)
        held = {name: amounts[place] for name, amounts in self._quantities.items()}
        some = max([cost, *held.values()]) if held else cost
        if not some:
            return EMPTY
        last = min(some, HOUR_MINUTES)
        costs = [each + 1] * rest + [each] * (HOUR_MINUTES - rest)
        return Whole(costs, Bucket(cost=cost, charges=last, quantities=held), minute + last - 1)


def _part(amount: int, part: int) -> int:
    """A minute's part of an hour's amount."""
    return amount // HOUR_MINUTES + (part < amount % HOUR_MINUTES)

