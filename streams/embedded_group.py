"""Groups of the embedded log: members in one process that share the partitions of some topics."""

from collections.abc import Iterable, Mapping, Sequence
from time import monotonic

from streams.bundle import following
from streams.embedded_store import Store
from streams.log import Closed, Fenced, LogError, Opened, Positions, Record

PATIENCE = 10.0
"""Seconds that a new member waits for a partition whose holder does not poll. Taking it by force
costs time, never data: the holder is fenced when it commits."""

LOOK = 0.1
"""Seconds between looks at what another process may have appended."""


class Group:
    """Who is a member and who holds what; used under the store's lock only."""

    def __init__(self, topics: Sequence[str], width: int) -> None:
        self.topics = tuple(topics)
        self.width = width
        self.members: dict[str, EmbeddedMembership] = {}
        self.holders: dict[int, EmbeddedMembership] = {}

    def share(self, name: str) -> range:
        """The partitions meant for a member."""
        return share(self.members, name, self.width)

    def enter(self, member: "EmbeddedMembership") -> None:
        """Take a place; who had the name before is out."""
        former = self.members.get(member.name)
        self.members[member.name] = member
        self.drop(former)

    def leave(self, member: "EmbeddedMembership") -> None:
        """Give the place back, if it is still its own."""
        if self.members.get(member.name) is member:
            del self.members[member.name]
        self.drop(member)

    def drop(self, member: "EmbeddedMembership | None") -> None:
        """Free all that a member holds."""
        self.holders = {
            number: holder for number, holder in self.holders.items() if holder is not member
        }

    def free(self, number: int) -> bool:
        """Whether a partition can be taken."""
        holder = self.holders.get(number)
        return holder is None or monotonic() - holder.polled > PATIENCE


def share(names: Iterable[str], name: str, width: int) -> range:
    """Of so many partitions those meant for a name: ranges in the order of names, as Kafka's range
    assignor has them; the first are longer."""
    ordered = sorted(names)
    each, rest = divmod(width, len(ordered))
    at = ordered.index(name)
    start = at * each + min(at, rest)
    return range(start, start + each + (at < rest))


class EmbeddedMembership:
    """One member of a group."""

    def __init__(
        self, store: Store, group: Group, name: str, opened: Opened, closed: Closed
    ) -> None:
        self.name = name
        self.polled = monotonic()
        self._store = store
        self._group = group
        self._opened = opened
        self._closed = closed
        self._held: dict[int, dict[str, int]] = {}
        self._turn = 0
        self._left = False
        with store.news:
            group.enter(self)
            store.tell()

    def poll(self, most: int, seconds: float) -> Mapping[int, Sequence[Record]]:
        """See `streams.log.Membership`."""
        until = monotonic() + seconds
        while True:
            seen = self._store.changes
            self._settle()
            records = self._fetch(most)
            rest = until - monotonic()
            if records or rest <= 0:
                return records
            self._store.wait(seen, min(rest, LOOK))

    def rewind(self, partition: int, positions: Positions) -> None:
        """See `streams.log.Membership`."""
        if partition in self._held:
            self._start(partition, positions)

    def leave(self) -> None:
        """See `streams.log.Membership`."""
        self._left = True
        self._close(sorted(self._held))
        with self._store.news:
            self._group.leave(self)
            self._store.tell()

    def _settle(self) -> None:
        """Close what others are to have, open what is ours and free."""
        if self._left:
            raise LogError(f"member {self.name} has left")
        with self._store.news:
            self.polled = monotonic()
            ours = self._group.members.get(self.name) is self
            wanted = set(self._group.share(self.name)) if ours else set()
            lost = {
                p for p in self._held if self._group.holders.get(p) is not self or p not in wanted
            }
        self._close(sorted(lost))
        if not ours:
            raise Fenced(f"another member took the place of {self.name}")
        for number in sorted(wanted - self._held.keys()):
            self._open(number)

    def _open(self, number: int) -> None:
        with self._store.news:
            if not self._group.free(number):
                return
            self._group.holders[number] = self
        try:
            self._start(number, self._opened(number))
        except BaseException:
            self._release(number)
            raise

    def _start(self, number: int, positions: Positions) -> None:
        begin = {topic: self._store.bounds(topic, number)[0] for topic in self._group.topics}
        self._held[number] = {**begin, **positions}

    def _close(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            del self._held[number]
            try:
                self._closed(number)
            finally:
                self._release(number)

    def _release(self, number: int) -> None:
        with self._store.news:
            if self._group.holders.get(number) is self:
                del self._group.holders[number]
            self._store.tell()

    def _fetch(self, most: int) -> dict[int, Sequence[Record]]:
        """Up to `most` records; each poll begins with another partition, so that none starves."""
        found: dict[int, Sequence[Record]] = {}
        self._turn += 1
        numbers = sorted(self._held)
        for at in range(len(numbers)):
            number = numbers[(at + self._turn) % len(numbers)]
            records = self._store.fetch(number, self._held[number], most) if most > 0 else ()
            if records:
                found[number] = records
                self._held[number] = following(records, self._held[number])
                most -= len(records)
        return found
