"""Groups of the log in memory: members that share the partitions of some topics."""

from collections.abc import Callable, Mapping, Sequence

from streams.embedded_group import share
from streams.log import Closed, Fenced, LogError, Lost, Opened, Positions, Record
from tests.simulation.memory_store import Store

SESSION = 6.0
"""Seconds after which a member that does not speak is out (session.timeout.ms)."""


Calls = tuple[Opened, Closed]
"""What is called when a partition is given, and when it is taken."""


class Group:
    """Who is a member and who holds what. Static members of Kafka's classic protocol: each change
    of who is in gives a new generation, and then everybody gives everything back first."""

    def __init__(self, topics: Sequence[str], width: int, monotonic: Callable[[], float]) -> None:
        self.topics, self.width = tuple(topics), width
        self.generation = 0
        self.members: dict[str, MemoryMembership] = {}
        self.holders: dict[int, MemoryMembership] = {}
        self._monotonic = monotonic

    def share(self, name: str) -> range:
        """The partitions meant for a member."""
        return share(self.members, name, self.width)

    def enter(self, member: "MemoryMembership") -> None:
        """Take a place; who had the name before is out, and nobody else notices."""
        former = self.members.get(member.name)
        self.members[member.name] = member
        if former is None:
            self.generation += 1
        else:
            self.drop(former)

    def leave(self, member: "MemoryMembership") -> None:
        """Give the place back, if it is still its own."""
        if self.members.get(member.name) is member:
            del self.members[member.name]
            self.generation += 1
        self.drop(member)

    def drop(self, member: "MemoryMembership") -> None:
        """Free all that a member holds."""
        self.holders = {p: holder for p, holder in self.holders.items() if holder is not member}

    def expire(self) -> None:
        """Put out who has not spoken for a session."""
        for member in list(self.members.values()):
            if self._monotonic() - member.heard > SESSION:
                self.leave(member)
        known = list(self.members.values())
        self.holders = {p: holder for p, holder in self.holders.items() if holder in known}


class MemoryMembership:
    """One member of a group."""

    def __init__(
        self, store: Store, look: Callable[[], None], group: Group, name: str, calls: Calls
    ) -> None:
        self.name, self.left = name, False
        self._store, self._look, self._group = store, look, group
        self._opened, self._closed = calls
        self._held: dict[int, dict[str, int]] = {}
        self._generation, self._turn = 0, 0
        self.beat()
        group.enter(self)

    def beat(self) -> None:
        """Say that it lives, as a client does in the background."""
        self.heard = self._store.around.monotonic()

    def poll(self, most: int, seconds: float) -> Mapping[int, Sequence[Record]]:
        """See `streams.log.Membership`."""
        around = self._store.around
        around.at("poll")
        self._settle()
        most = min(most, around.portion(most))
        records = self._fetch(most)
        if not records:
            around.wait(seconds)
            self._settle()
            records = self._fetch(most)
        around.at("polled")
        return records

    def rewind(self, partition: int, positions: Positions) -> None:
        """See `streams.log.Membership`."""
        if partition in self._held:
            self._start(partition, positions)

    def leave(self) -> None:
        """See `streams.log.Membership`."""
        self.left = True
        self._close(sorted(self._held))
        self._group.leave(self)

    def _settle(self) -> None:
        """Close what others are to have, open what is ours and free."""
        if self.left:
            raise LogError(f"member {self.name} has left")
        group = self._group
        group.expire()
        other = group.members.get(self.name, self) is not self
        if other or self.name not in group.members or self._generation != group.generation:
            self._close(sorted(self._held))
        if other:
            raise Fenced(f"another member took the place of {self.name}")
        self.beat()
        if self.name not in group.members:
            group.enter(self)
        self._generation = group.generation
        for number in group.share(self.name):
            still = self._generation == group.generation  # opening may take its time
            if still and number not in self._held and number not in group.holders:
                self._open(number)

    def _open(self, number: int) -> None:
        self._group.holders[number] = self
        try:
            self._start(number, self._opened(number))
        except Exception:
            self._release(number)
            raise

    def _start(self, number: int, positions: Positions) -> None:
        begin = {topic: self._store.one(topic, number).first for topic in self._group.topics}
        self._held[number] = {**begin, **positions}

    def _close(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            del self._held[number]
            try:
                self._closed(number)
            finally:
                self._release(number)

    def _release(self, number: int) -> None:
        if self._group.holders.get(number) is self:
            del self._group.holders[number]

    def _fetch(self, most: int) -> dict[int, Sequence[Record]]:
        """Up to `most` records; each poll begins with another partition, so that none starves."""
        self._look()
        self._turn += 1
        found: dict[int, Sequence[Record]] = {}
        numbers = sorted(self._held)
        for at in range(len(numbers)):
            number = numbers[(at + self._turn) % len(numbers)]
            records = self._of(number, most)
            most -= len(records)
            if records:
                found[number] = records
        return found

    def _of(self, number: int, most: int) -> list[Record]:
        """Records of one partition, topic by topic. Raises Lost."""
        found: list[Record] = []
        for topic, position in self._held[number].items():
            held = self._store.one(topic, number)
            if not held.first <= position <= held.next:
                raise Lost(f"{topic}-{number} holds [{held.first}, {held.next}), not {position}")
            if most > len(found):
                found += held.page(position, most - len(found))
        self._held[number].update({record.topic: record.offset + 1 for record in found})
        return found
