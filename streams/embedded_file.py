"""The one SQLite file under the embedded log: its tables, its transactions, its failures in words.

(sqlite.org: "Write-Ahead Logging", "Result and Error Codes".)
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from schemas.topics import topics
from schemas.wording import counted
from streams.log import LogError, Uncertain, Unreachable

BUSY = 10.0
"""Seconds to wait for another process that is writing."""

OURS = 0x53504E44
"""Marks the file as ours (PRAGMA application_id): "SPND"."""

SLOT = 2**40
"""A record's place is its partition's slot times this, plus its offset: one integer key."""

TABLES = f"""
CREATE TABLE partition (
    slot INTEGER PRIMARY KEY, topic TEXT NOT NULL, number INTEGER NOT NULL,
    first INTEGER NOT NULL DEFAULT 0, next INTEGER NOT NULL DEFAULT 0,
    cleaned INTEGER NOT NULL DEFAULT 0, kept INTEGER NOT NULL DEFAULT 0, UNIQUE (topic, number));
CREATE TABLE record (
    place INTEGER PRIMARY KEY, key BLOB, value BLOB, received INTEGER NOT NULL, headers BLOB);
CREATE TABLE owner (
    step TEXT, number INTEGER, epoch INTEGER NOT NULL, PRIMARY KEY (step, number)) WITHOUT ROWID;
CREATE TABLE position (
    step TEXT, number INTEGER, topic TEXT, next INTEGER NOT NULL,
    PRIMARY KEY (step, number, topic)) WITHOUT ROWID;
PRAGMA application_id = {OURS};
"""
"""`next` is the offset of the next record, `first` of the first that retention has left; `cleaned`
is `next` when it was last compacted, and `kept` how many records that left."""

WORDS: Mapping[int, str] = {
    sqlite3.SQLITE_FULL: "the disk is full, nothing was written",
    sqlite3.SQLITE_NOTADB: "this file is no log of ours",
    sqlite3.SQLITE_CORRUPT: "the file is damaged",
    sqlite3.SQLITE_CANTOPEN: "the file can't be opened",
    sqlite3.SQLITE_READONLY: "the file can't be written",
    sqlite3.SQLITE_PERM: "the file can't be written",
    sqlite3.SQLITE_IOERR: "the disk does not take or give the data",
}


class File:
    """One connection that writes and one that reads, for any thread."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._writing = Lock()
        self._reading = Lock()
        self._lock: int | None = None
        with self._in_words():
            self._writer = self.connect()
            self._reader = self.connect()

    def connect(self) -> sqlite3.Connection:
        """One more connection. Raises sqlite3.Error."""
        connection = sqlite3.connect(
            self.path, timeout=BUSY, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        return connection

    def found(self, widths: Mapping[str, int]) -> None:
        """Make the tables and the partitions that are missing. Raises LogError."""
        if unknown := sorted(widths.keys() - topics().keys()):
            raise LogError(f"{self.path}: no topic is called {', '.join(unknown)}")
        with self.write() as connection:
            self._make(connection)
            there = dict(connection.execute("SELECT topic, count(*) FROM partition GROUP BY topic"))
            for topic, width in widths.items():
                if there.get(topic, width) != width:
                    has = counted(there[topic], "partition")
                    raise LogError(f"{self.path}: topic {topic} has {has}, not {width}")
                if topic not in there:
                    connection.executemany(
                        "INSERT INTO partition (topic, number) VALUES (?, ?)",
                        [(topic, number) for number in range(width)],
                    )

    def rows(self, query: str, given: Sequence[Any] = ()) -> list[Any]:
        """The rows of a query over what is committed. Raises LogError."""
        with self._in_words(), self._reading:
            return self._reader.execute(query, given).fetchall()

    @contextmanager
    def apart(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own for a long reading. Raises LogError."""
        with self._in_words(), closing(self.connect()) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction, durable when it is left. Raises LogError; Uncertain at its end only."""
        with self._writing, self._in_words():
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            except BaseException:
                self._undo()
                raise
            self._commit()

    def hold(self) -> None:
        """Be the one process that runs steps on this file. Raises LogError."""
        with self._writing:
            if self._lock is None:
                self._lock = self._locked()

    def close(self) -> None:
        """Let go of the file."""
        with self._writing, self._reading:
            self._writer.close()
            self._reader.close()
        if self._lock is not None:
            os.close(self._lock)
        self._lock = None

    def _locked(self) -> int:
        path = f"{self.path}.lock"
        try:
            held = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as wrong:
            raise LogError(f"{path}: {wrong.strerror}") from None
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(held)
            raise LogError(f"{self.path}: another process already runs steps on it") from None
        return held

    def _make(self, connection: sqlite3.Connection) -> None:
        [(mark,)] = connection.execute("PRAGMA application_id")
        [(tables,)] = connection.execute("SELECT count(*) FROM sqlite_schema")
        if tables and mark != OURS:
            raise LogError(f"{self.path}: this file is another program's database")
        for statement in TABLES.split(";") if not tables else ():
            connection.execute(statement)

    def _commit(self) -> None:
        try:
            self._writer.execute("COMMIT")
        except sqlite3.Error as wrong:
            self._undo()
            if code(wrong) == sqlite3.SQLITE_IOERR:
                raise Uncertain(f"{self._said(wrong)}; it may have been committed") from None
            raise

    def _undo(self) -> None:
        if self._writer.in_transaction:  # some failures have ended it already
            self._writer.execute("ROLLBACK")

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as wrong:
            if code(wrong) == sqlite3.SQLITE_BUSY:
                raise Unreachable(f"{self.path}: another process is writing all the time") from None
            raise LogError(self._said(wrong)) from None

    def _said(self, wrong: sqlite3.Error) -> str:
        return f"{self.path}: {WORDS.get(code(wrong), str(wrong))}"


def code(wrong: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 where the module itself complains."""
    return getattr(wrong, "sqlite_errorcode", 0) & 0xFF
