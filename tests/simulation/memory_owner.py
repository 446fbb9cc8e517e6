"""Transactions and epochs of the log in memory, and the owner of one partition of a step."""

from collections.abc import Iterator, Sequence

from streams.log import Entry, Fenced, LogError, Positions, Sheaf, Uncertain
from tests.simulation.memory_partition import Partition, Transaction
from tests.simulation.memory_store import Store

TIMEOUT = 10.0
"""Seconds after which the log ends a transaction by itself (transaction.timeout.ms)."""

Place = tuple[str, int]
"""A step and its partition."""


class Coordinator:
    """Who may write for a place, and what becomes of transactions.

    A commit is decided at once; its marker comes to one partition after the other, perhaps a
    while later. (KIP-98, "Transaction coordinator".)
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._epochs: dict[Place, int] = {}
        self._open: dict[Place, Transaction] = {}
        self._due: list[tuple[Place, Transaction, Partition | None]] = []
        self.positions: dict[Place, dict[str, int]] = {}

    def fence(self, place: Place) -> int:
        """End what the former owner began, and be one epoch ahead of it."""
        if place in self._open:
            self._decide(place, False)
        self.complete(place)
        self._epochs[place] = self._epochs.get(place, 0) + 1
        return self._epochs[place]

    def begin(self, place: Place, epoch: int) -> None:
        """Begin a transaction. Raises Fenced."""
        self.check(place, epoch)
        self.complete(place)
        self._open[place] = Transaction(self._store.around.monotonic())

    def put(self, place: Place, epoch: int, entries: Sequence[Entry]) -> None:
        """Write records that do not show yet. Raises Fenced, LogError."""
        self.check(place, epoch)
        self._store.put(entries, self._open[place])

    def take(self, place: Place, epoch: int, positions: Positions) -> None:
        """Take the positions into the transaction. Raises Fenced."""
        self.check(place, epoch)
        self._open[place].positions.update(positions)

    def end(self, place: Place, epoch: int, lands: bool) -> None:
        """Commit or abort. Raises Fenced."""
        self.check(place, epoch)
        self._decide(place, lands)

    def check(self, place: Place, epoch: int) -> None:
        """Raises Fenced where there is a newer owner, or time was up."""
        self.time_out()
        if self._epochs[place] != epoch:
            raise Fenced(f"{place[0]}-{place[1]} has another owner")

    def time_out(self) -> None:
        """Abort what has been open for too long; its owner is fenced by that."""
        now = self._store.around.monotonic()
        for place, transaction in list(self._open.items()):
            if now - transaction.begun > TIMEOUT:
                self._epochs[place] += 1
                self._decide(place, False)

    def look(self) -> None:
        """What every reader does first: time goes on, markers come in."""
        self.time_out()
        while self._due and not self._store.around.lags():
            self._mark(*self._due.pop(0))

    def complete(self, place: Place) -> None:
        """Write all markers of a place."""
        mine = [one for one in self._due if one[0] == place]
        self._due = [one for one in self._due if one[0] != place]
        for one in mine:
            self._mark(*one)

    def _decide(self, place: Place, lands: bool) -> None:
        transaction = self._open.pop(place)
        transaction.lands = lands
        self._due += [(place, transaction, partition) for partition in transaction.partitions]
        self._due.append((place, transaction, None))

    def _mark(self, place: Place, transaction: Transaction, partition: Partition | None) -> None:
        if partition is not None:
            partition.mark(transaction)
        elif transaction.lands:
            self.positions.setdefault(place, {}).update(transaction.positions)


class MemoryOwnership:
    """The only writer of one partition of a step, as long as its epoch is the newest."""

    def __init__(self, coordinator: Coordinator, store: Store, place: Place) -> None:
        self._coordinator, self._place = coordinator, place
        self._at = store.around.at
        self._void: LogError | None = None
        self._epoch = coordinator.fence(place)

    def commit(self, entries: Sequence[Entry | Sheaf], positions: Positions) -> None:
        """All entries and the position of the inputs in one transaction, or nothing."""
        if self._void is not None:
            raise self._void
        try:
            self._stage(list(singly(entries)), positions)
            self._coordinator.end(self._place, self._epoch, True)
            self._at("committed")
        except (Fenced, Uncertain) as wrong:
            self._void = wrong
            raise

    def close(self) -> None:
        """End it; may be called twice."""
        self._void = self._void or LogError(f"{self._place[0]}-{self._place[1]} was closed")

    def _stage(self, entries: Sequence[Entry], positions: Positions) -> None:
        mine = self._place, self._epoch
        self._at("begin")
        self._coordinator.begin(*mine)
        try:
            self._coordinator.put(*mine, entries)
            self._at("produced")
            self._coordinator.take(*mine, positions)
            self._at("offsets")
        except (Fenced, Uncertain):
            raise
        except LogError:
            self._coordinator.end(*mine, False)
            raise


def singly(entries: Sequence[Entry | Sheaf]) -> Iterator[Entry]:
    """Entries, and those of sheaves one by one."""
    for entry in entries:
        if not isinstance(entry, Sheaf):
            yield entry
            continue
        for key, body in zip(entry.keys, entry.bodies, strict=True):
            yield Entry(entry.topic, key, entry.prefix + body, entry.partition)
