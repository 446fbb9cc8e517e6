"""What keeps the embedded log's file small: compaction and retention, as topics declare them."""

import sqlite3

from schemas.topics import TOMBSTONE_MS, topics
from streams.embedded_file import SLOT, File

CHUNK = 5_000
"""Records deleted in one transaction: others must be able to write in between."""

STALE = """
SELECT place FROM (
    SELECT place, value IS NULL AND received < ? AS dead,
        lead(place) OVER (PARTITION BY key ORDER BY place) AS newer
    FROM record WHERE place >= ? AND place < ?)
WHERE newer IS NOT NULL OR dead ORDER BY place
"""
"""Records that a newer one of their key replaces, and tombstones that everybody has seen. Oldest
first, so that a tombstone never goes before what it buries."""


def compact(file: File, now: int, dirty: float) -> int:
    """Thin the compacted topics; returns how many records went. Raises LogError.

    A partition is due when more than the share `dirty` of its records came since the last time.
    `now` is microseconds since 1970.
    """
    gone = 0
    for slot, topic, until, cleaned, kept in file.rows(
        "SELECT slot, topic, next, cleaned, kept FROM partition ORDER BY slot"
    ):
        new = until - cleaned
        if topics()[topic].compacted and new > dirty * (kept + new):
            gone += _compact(file, slot, until, now)
    return gone


def _compact(file: File, slot: int, until: int, now: int) -> int:
    buried = now - TOMBSTONE_MS * 1000
    bounds = (slot * SLOT, slot * SLOT + until)
    with file.apart() as connection:
        stale = connection.execute(STALE, (buried, *bounds)).fetchall()
        [(all_,)] = connection.execute(
            "SELECT count(*) FROM record WHERE place >= ? AND place < ?", bounds
        )
    for at in range(0, len(stale), CHUNK):
        with file.write() as connection:
            connection.executemany("DELETE FROM record WHERE place = ?", stale[at : at + CHUNK])
    with file.write() as connection:
        connection.execute(
            "UPDATE partition SET cleaned = ?, kept = ? WHERE slot = ?",
            (until, all_ - len(stale), slot),
        )
    return len(stale)


def expire(file: File, now: int) -> int:
    """Drop what retention has passed; returns how many records went. Raises LogError.

    `now` is microseconds since 1970.
    """
    gone = 0
    for slot, topic in file.rows("SELECT slot, topic FROM partition ORDER BY slot"):
        kept = topics()[topic].retention_ms
        if kept is not None:
            gone += _expire(file, slot, now - kept * 1000)
    return gone


def _expire(file: File, slot: int, before: int) -> int:
    gone = 0
    while True:
        with file.write() as connection:
            old = _old(connection, slot, before)
            connection.executemany("DELETE FROM record WHERE place = ?", [(p,) for p in old])
            if old:
                first = old[-1] - slot * SLOT + 1
                connection.execute("UPDATE partition SET first = ? WHERE slot = ?", (first, slot))
        gone += len(old)
        if len(old) < CHUNK:
            return gone


def _old(connection: sqlite3.Connection, slot: int, before: int) -> list[int]:
    """Places of the oldest records, as far as they are all too old."""
    old = []
    query = (
        "SELECT place, received FROM record WHERE place >= ? AND place < ? ORDER BY place LIMIT ?"
    )
    for place, received in connection.execute(query, (slot * SLOT, (slot + 1) * SLOT, CHUNK)):
        if received >= before:
            break
        old.append(place)
    return old
