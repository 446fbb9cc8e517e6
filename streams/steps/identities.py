"""Nothing counts twice: identities accepted so far, and the horizon behind which none is known."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np

from schemas.moments import DAY_MINUTES, MINUTE
from schemas.states import Seen
from streams.steps.intake import Bools, Ints, Usages
from streams.steps.known import NEVER, Ids, Known, ids_of
from streams.steps.step import Key, State

HORIZON = DAY_MINUTES
"""Minutes of event time behind the watermark for which identities are kept."""

MOST = 20_000_000
"""Identities that one partition keeps, at 16 bytes each on the log."""

SIZE = 16


def fingerprint(key: bytes) -> bytes:
    """The 128-bit identity of one; see `fingerprints`."""
    return fingerprints([key])


def fingerprints(keys: Sequence[bytes]) -> bytes:
    """The 128-bit identities of usages' `source|id`, one after another. (RFC 7693, BLAKE2b.)"""
    return b"".join([blake2b(key, digest_size=SIZE).digest() for key in keys])


class MeterState(State):
    """A meter's state, with all identities seen in one table beside it."""

    __slots__ = ("known",)

    def __init__(self, entries: Iterable[tuple[Key, Any]] = ()) -> None:
        self.known = Known()
        super().__init__(entries)

    def apply(self, changes: Mapping[Key, Any]) -> None:
        """Let committed changes in; forgotten minutes take their identities along."""
        for key, value in changes.items():
            if value is None and isinstance(old := self.get(key), Seen):
                self.known.forget(old)
        self.known.add([value for value in changes.values() if isinstance(value, Seen)])
        super().apply(changes)

    def minutes(self) -> list[int]:
        """The event minutes of which identities are kept, oldest first."""
        return self.known.kept()


def horizons(before: Ints, horizon: int) -> Ints:
    """The first minute that is known whole when each message comes.

    `before` is the watermark before each message, `horizon` that minute before the batch.
    """
    return np.maximum(before // MINUTE - HORIZON, horizon)


def sift(state: MeterState, usages: Usages, known_from: Ints) -> tuple[Bools, Ids]:
    """Which rows are new, the first of each identity, and the identities, one row a message.

    `known_from` is the horizon when each message comes: what was accepted before it is forgotten
    by then, as it would be had a batch ended there.
    """
    ids = np.zeros((len(known_from), 2), dtype=np.uint64)
    ids[usages.at] = ids_of(fingerprints(usages.keys))
    horizon = known_from[usages.at]
    fresh = state.known.minutes(ids[usages.at]) < horizon
    again = fresh & _repeated(ids[usages.at], fresh)
    accepted: dict[bytes, int] = {}
    for row in np.flatnonzero(again).tolist():
        identity = ids[usages.at[row]].tobytes()
        fresh[row] = accepted.get(identity, NEVER) < horizon[row]
        if fresh[row]:
            accepted[identity] = int(usages.time[row] // MINUTE)
    return fresh, ids


def _repeated(ids: Ids, among: Bools) -> Bools:
    """Which rows may have an identity that comes more than once among some."""
    values, counts = np.unique(ids[among, 0], return_counts=True)
    if len(values) == among.sum():
        return np.zeros(len(ids), dtype=bool)
    return np.isin(ids[:, 0], values[counts > 1])


def remembered(usages: Usages, ids: Ids, batch: int, horizon: int) -> dict[Key, Seen]:
    """State entries for accepted usages: one for each event minute of the batch from `horizon` on.

    `batch` tells the batches of one partition apart: its first offset.
    """
    minute = usages.time // MINUTE
    kept = np.flatnonzero(minute >= horizon)
    order = kept[np.argsort(minute[kept], kind="stable")]
    minutes, first = np.unique(minute[order], return_index=True)
    found = zip(minutes.tolist(), np.split(usages.at[order], first[1:]), strict=False)
    return {("seen", each, batch): Seen(minute=each, ids=ids[at].tobytes()) for each, at in found}


def forgotten(state: MeterState, horizon: int) -> dict[Key, None]:
    """Entries of minutes before the horizon, to be dropped."""
    old = [minute for minute in state.minutes() if minute < horizon]
    return {
        ("seen", minute, batch): None for minute in old for batch in state.below(("seen", minute))
    }


def horizon_of(state: MeterState, watermark: int, horizon: int) -> int:
    """The first minute for which every identity is known; it never goes back.

    A day behind the watermark (microseconds since 1970), or less where a day holds too many.
    """
    horizon = max(horizon, watermark // MINUTE - HORIZON)
    surplus = len(state.known) - MOST
    for minute in state.minutes() if surplus > 0 else ():
        if surplus <= 0:
            break
        held = state.below(("seen", minute)).values()
        surplus -= sum(len(seen.ids) // SIZE for seen in held)
        horizon = max(horizon, minute + 1)
    return horizon
