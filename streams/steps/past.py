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
            self._note(one)
        super()._judge(one, said)

    def _note(self, one: Watcher) -> None:
        minute, usual = self._line.minute, self._memories.usual(one.rule, self._line.minute)
        self.noted.append(
            Noted(one.rule.name, minute, one.bar, usual * HOUR_MINUTES, one.asked())
        )

    def _turned(self, hour: int) -> None:
        """Nobody asks for windows."""

    def _save(self, said: list[Said]) -> None:
        """No more is kept than what burnt."""
        self._edition(said)
        burnt.keep(self._draft, said)


class Evenly(Past):
    """The same where only hours are known: each is spread evenly over its minutes."""

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

    def _run(self, stop: int) -> bool:
        line = self._line
        if line.minute % HOUR_MINUTES or stop - line.minute != HOUR_MINUTES - 1:
            return super()._run(stop)
        if any(one.episode for one in self._watchers):
            return False
        costs, together, last = self._hours.but_last(line.minute)
        if not all(self._quiet(one, costs, together.cost) for one in self._watchers):
            return False
        line.run_together(costs, together, line.last if last is None else last)
        if together.cost:
            self.spent.append((stop - 1, together.cost))
        return True

    @staticmethod
    def _quiet(one: Watcher, costs: Sequence[int], spent: int) -> bool:
        return one.quiet_together(costs, spent) if spent else one.rule.idles


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

    def but_last(self, minute: int) -> tuple[list[int], Bucket, int | None]:
        """The hour that begins with a minute without its last one: each minute's cost, all that
        they hold together, and the last of them that is not empty.
        """
        place, many = minute // HOUR_MINUTES - self._first, HOUR_MINUTES - 1
        if not 0 <= place < len(self._costs):
            return [0] * many, NOTHING, None
        whole, rest = divmod(self._costs[place], HOUR_MINUTES)
        costs = [whole + 1] * rest + [whole] * (many - rest)
        some = many if whole else rest
        held = {name: _but_last(amounts[place]) for name, amounts in self._quantities.items()}
        together = Bucket(cost=whole * many + rest, charges=some, quantities=held)
        return costs, together, minute + some - 1 if some else None


def _part(amount: int, part: int) -> int:
    """A minute's part of an hour's amount."""
    return amount // HOUR_MINUTES + (part < amount % HOUR_MINUTES)


def _but_last(amount: int) -> int:
    """What all minutes but the last have of an hour's amount."""
    return amount - amount // HOUR_MINUTES
