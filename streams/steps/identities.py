"""Nothing counts twice: identities accepted so far, and the horizon behind which none is known."""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

import numpy as np

from schemas.moments import DAY_MINUTES, MINUTE
from schemas.states import Seen
from streams.steps.intake import Bools, Ints, Usages
from streams.steps.step import Key, State

HORIZON = DAY_MINUTES
"""Minutes of event time behind the watermark for which identities are kept."""

MOST = 20_000_000
"""Identities that one partition keeps, at 16 bytes each on the log."""

SIZE = 16


def fingerprint(key: bytes) -> bytes:
    """The 128-bit identity of a usage's `source|id`. (RFC 7693, BLAKE2b.)"""
    return blake2b(key, digest_size=SIZE).digest()


class MeterState(State):
    """A meter's state, with all identities seen as one set beside it."""

    __slots__ = ("known",)

    def __init__(self, entries: Iterable[tuple[Key, Any]] = ()) -> None:
        self.known: set[bytes] = set()
        super().__init__(entries)

    def apply(self, changes: Mapping[Key, Any]) -> None:
        """Let committed changes in; forgotten minutes take their identities along."""
        for key, value in changes.items():
            old = self.get(key)
            if isinstance(old, Seen):
                self.known.difference_update(pieces(old.ids))
            if isinstance(value, Seen):
                self.known.update(pieces(value.ids))
        super().apply(changes)

    def minutes(self) -> list[int]:
        """The event minutes of which identities are kept, oldest first."""
        return sorted(int(prefix[1]) for prefix in self.groups if prefix[:1] == ("seen",))


def pieces(ids: bytes) -> list[bytes]:
    """Identities, 16 bytes each."""
    return [ids[at : at + SIZE] for at in range(0, len(ids), SIZE)]


def horizons(before: Ints, horizon: int) -> Ints:
    """The first minute that is known whole when each message comes.

    `before` is the watermark before each message, `horizon` that minute before the batch.
    """
    return np.maximum(before // MINUTE - HORIZON, horizon)


def sift(state: MeterState, usages: Usages, known_from: Ints) -> tuple[Bools, dict[int, bytes]]:
    """Which rows are new, the first of each identity, and the identity of each message.

    `known_from` is the horizon of each row: what was accepted before it is forgotten by then, as
    it would be had a batch ended there.
    """
    ids = [fingerprint(key) for key in usages.keys]
    fresh = np.ones(len(ids), dtype=bool)
    accepted = _accepted(state, int(known_from.max(initial=0)))
    rows = zip(ids, (usages.time // MINUTE).tolist(), known_from.tolist(), strict=True)
    for row, (identity, minute, horizon) in enumerate(rows):
        held = accepted.get(identity, horizon if identity in state.known else -1)
        fresh[row] = held < horizon
        if held < horizon:
            accepted[identity] = minute
    return fresh, dict(zip(usages.at.tolist(), ids, strict=True))


def _accepted(state: MeterState, until: int) -> dict[bytes, int]:
    """The minute of each identity that was accepted for a minute before `until`."""
    return {
        identity: minute
        for minute in state.minutes()
        if minute < until
        for seen in state.below(("seen", minute)).values()
        for identity in pieces(seen.ids)
    }


def remembered(
    usages: Usages, ids: Mapping[int, bytes], batch: int, horizon: int
) -> dict[Key, Seen]:
    """State entries for accepted usages: one for each event minute of the batch from `horizon` on.

    `batch` tells the batches of one partition apart: its first offset.
    """
    by_minute: dict[int, list[bytes]] = {}
    minutes = (usages.time // MINUTE).tolist()
    for at, minute in zip(usages.at.tolist(), minutes, strict=True):
        if minute >= horizon:
            by_minute.setdefault(minute, []).append(ids[at])
    return {
        ("seen", minute, batch): Seen(minute=minute, ids=b"".join(found))
        for minute, found in sorted(by_minute.items())
    }


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
