"""Which identities have been accepted, and for which minute: a hash table of plain numbers.

Buckets of eight places, and on to the next bucket where one is full (Knuth, The Art of Computer
Programming 3, section 6.4), for a whole batch at a time. An identity takes 27 to 40 bytes, in a
set of Python's it takes over 100; asking costs nearly the same however many there are.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from schemas.states import Seen
from streams.steps.intake import Ints

Ids = npt.NDArray[np.uint64]
"""Identities, one row each: two numbers of 64 bits."""

WIDE = 8
"""Places of a bucket: one line of a processor's cache holds their first numbers."""

FEWEST = 128
"""Buckets of the smallest table."""

ROOM, FULL = 2.0, 0.75
"""Places for each identity in a new table, and how full a table may become."""

CHUNK = 2**18
"""Identities that are put into the table at once, so that little memory is needed beside it."""

NEVER = -1


def ids_of(data: bytes) -> Ids:
    """Identities from their bytes, 16 each."""
    return np.frombuffer(data, dtype="<u8").reshape(-1, 2)


class Known:
    """The identities of kept minutes; with a minute all those before it are forgotten."""

    __slots__ = ("_counts", "_first", "_held", "_high", "_low", "_minutes", "_taken")

    def __init__(self) -> None:
        self._held: dict[int, int] = {}
        self._first = 0
        self._clear(FEWEST)

    def __len__(self) -> int:
        """How many are kept."""
        return sum(self._held.values())

    def kept(self) -> list[int]:
        """The minutes that are kept, oldest first."""
        return sorted(self._held)

    @property
    def size(self) -> int:
        """Bytes of the table."""
        parts = (self._counts, self._high, self._low, self._minutes)
        return sum(part.nbytes for part in parts)

    def minutes(self, ids: Ids) -> Ints:
        """The last minute that each was accepted for, NEVER for none; it may be forgotten."""
        found = np.full(len(ids), NEVER, dtype=np.int64)
        rows, at = np.arange(len(ids)), self._home(ids)
        while len(rows):
            row, place = np.nonzero(self._high[at] == ids[rows, 0, None])
            where, asked = (at[row], place), rows[row]
            same = self._low[where] == ids[asked, 1]  # a free place says NEVER, whatever it holds
            np.maximum.at(found, asked[same], self._minutes[where][same])
            full = self._counts[at] == WIDE
            rows, at = rows[full], self._next(at[full])
        return found

    def add(self, seen: Sequence[Seen]) -> None:
        """Keep more."""
        if not seen:
            return
        parts = [ids_of(one.ids) for one in seen]
        for one, part in zip(seen, parts, strict=True):
            self._held[one.minute] = self._held.get(one.minute, 0) + len(part)
        ids = np.concatenate(parts)
        minutes = np.repeat([one.minute for one in seen], [len(part) for part in parts])
        self._make_room(len(ids))
        self._put(ids, minutes)

    def forget(self, seen: Seen) -> None:
        """Let some go; their places are free again once the table has been made anew."""
        self._held[seen.minute] -= len(ids_of(seen.ids))
        self._first = max(self._first, seen.minute + 1)
        if not self._held[seen.minute]:
            del self._held[seen.minute]

    def _clear(self, buckets: int) -> None:
        self._high = np.zeros((buckets, WIDE), dtype=np.uint64)
        self._low = np.zeros((buckets, WIDE), dtype=np.uint64)
        self._minutes = np.full((buckets, WIDE), NEVER, dtype=np.int32)
        self._counts = np.zeros(buckets, dtype=np.uint8)
        self._taken = 0

    def _home(self, ids: Ids) -> Ints:
        """The bucket where each is looked for first: its upper 32 bits as a share of all."""
        buckets, half = np.uint64(len(self._counts)), np.uint64(32)
        return ((ids[:, 0] >> half) * buckets >> half).astype(np.int64)

    def _next(self, at: Ints) -> Ints:
        return (at + 1) % len(self._counts)

    def _make_room(self, more: int) -> None:
        """A new table, without what is forgotten, where the old one would be too full."""
        if self._taken + more <= FULL * self._high.size:
            return
        kept = self._minutes >= self._first
        ids = np.column_stack((self._high[kept], self._low[kept]))
        minutes = self._minutes[kept]
        self._clear(max(FEWEST, int(ROOM * (len(ids) + more)) // WIDE))
        self._put(ids, minutes)

    def _put(self, ids: Ids, minutes: npt.NDArray[np.integer]) -> None:
        for start in range(0, len(ids), CHUNK):
            self._place(ids[start : start + CHUNK], minutes[start : start + CHUNK])
        self._taken += len(ids)

    def _place(self, ids: Ids, minutes: npt.NDArray[np.integer]) -> None:
        """Each into the first bucket from its home on that has a place."""
        rows, at = np.arange(len(ids)), self._home(ids)
        while len(rows):
            order = np.argsort(at, kind="stable")
            rows, at = rows[order], at[order]
            first = np.flatnonzero(np.append(True, at[1:] != at[:-1]))
            buckets, count = at[first], np.diff(first, append=len(at))
            place = self._counts[at] + np.arange(len(at)) - np.repeat(first, count)
            fits = place < WIDE
            where, those = (at[fits], place[fits]), rows[fits]
            self._high[where], self._low[where] = ids[those, 0], ids[those, 1]
            self._minutes[where] = minutes[those]
            self._counts[buckets] = np.minimum(self._counts[buckets] + count, WIDE)
            rows, at = rows[~fits], self._next(at[~fits])
