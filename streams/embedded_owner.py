"""One partition of a step in the embedded log: its epoch in the file fences the owner before it."""

from collections.abc import Sequence

from streams.embedded_store import Store
from streams.log import Entry, Fenced, LogError, Positions, Sheaf, Uncertain


class EmbeddedOwnership:
    """The only writer of one partition of a step, as long as its epoch is the newest."""

    def __init__(self, store: Store, step: str, partition: int) -> None:
        self._store = store
        self._step = step
        self._partition = partition
        self._void: LogError | None = None
        self._epoch = self._raised()

    def commit(self, entries: Sequence[Entry | Sheaf], positions: Positions) -> None:
        """All entries and the position of the inputs in one transaction, or nothing."""
        if self._void is not None:
            raise self._void
        try:
            self._write(entries, positions)
        except (Fenced, Uncertain) as wrong:
            self._void = wrong
            raise
        self._store.tell()

    def close(self) -> None:
        """End it; may be called twice."""
        self._void = self._void or LogError(f"{self._step}-{self._partition} was closed")

    def _raised(self) -> int:
        """One epoch more than anybody had."""
        with self._store.file.write() as connection:
            [(epoch,)] = connection.execute(
                "INSERT INTO owner VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET epoch = epoch + 1"
                " RETURNING epoch",
                (self._step, self._partition),
            ).fetchall()
        return int(epoch)

    def _write(self, entries: Sequence[Entry | Sheaf], positions: Positions) -> None:
        place = (self._step, self._partition)
        with self._store.file.write() as connection:
            [(epoch,)] = connection.execute(
                "SELECT epoch FROM owner WHERE step = ? AND number = ?", place
            )
            if epoch != self._epoch:
                raise Fenced(f"{self._step}-{self._partition} has another owner")
            self._store.put(connection, entries)
            connection.executemany(
                "INSERT OR REPLACE INTO position VALUES (?, ?, ?, ?)",
                [(*place, topic, offset) for topic, offset in positions.items()],
            )
