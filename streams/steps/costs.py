"""The closed costs of one series: a private working copy, loaded from a draft and saved to it.

Costs are kept twice: raw, as the buckets closed, and learnt, with what was found taken out. They
are stored in blocks, 60 minutes of an hour and 24 hours of a day; a learnt block stands only where
it differs from the raw one. Most rules look back on the last few blocks alone, so what is older is
loaded when it is asked for.
"""

from collections.abc import Sequence

from schemas.rules import Grain
from schemas.states import Block
from streams.steps.step import Draft

BLOCK = {Grain.MINUTE: 60, Grain.HOUR: 24}
"""Buckets in a block."""

KEPT = {Grain.MINUTE: 48, Grain.HOUR: 56}
"""Blocks that are kept: minutes of two days, hours of 56 days."""


class Costs:
    """Closed costs of one grain, newest last: raw and learnt side by side."""

    __slots__ = (
        "_draft", "_first", "_grain", "_name", "_oldest", "_saved", "_touched", "learnt", "raw",
        "start",
    )  # fmt: skip

    def __init__(self, draft: Draft, name: str, grain: Grain, first: int, end: int) -> None:
        """The costs of `[first, end)`, in buckets since 1970, as far as they are kept.

        None where `first` lies ahead; what then closes before it is no more than zeros.
        """
        self._draft, self._name, self._grain, self._first = draft, name, grain, first
        size = BLOCK[grain]
        self._oldest = max(min(first, end), (end // size - KEPT[grain]) * size)
        self.start = end
        """The first bucket that is loaded."""

        self.raw: list[int] = []
        self.learnt: list[int] = []
        self._touched = end // size
        self._saved = end
        """Where what is kept ends; -1 where it differs before that."""

        self.reach(self._touched * size)

    @property
    def end(self) -> int:
        """The bucket that is to close next."""
        return self.start + len(self.raw)

    @property
    def kept(self) -> int:
        """The first bucket that is kept, however long ago this copy was loaded."""
        size = BLOCK[self._grain]
        return max(self._oldest, self._first, (self.end // size - KEPT[self._grain]) * size)

    def reach(self, bucket: int) -> None:
        """Load what is kept from a bucket on."""
        if bucket >= self.start or self.start == self._oldest:
            return
        size = BLOCK[self._grain]
        start = max(self._oldest, bucket // size * size)
        index = range(start // size, -(-self.start // size))
        raw = [self._get("block", at) for at in index]
        learnt = [self._get("learnt", at) for at in index]
        span = slice(start % size, start % size + self.start - start)
        costs = _loaded(raw, size)[span]
        self.raw[:0] = costs
        if any(learnt):
            costs = _loaded([one or usual for one, usual in zip(learnt, raw, strict=True)], size)
            costs = costs[span]
        self.learnt[:0] = costs
        self.start = start

    def _get(self, kind: str, index: int) -> Block | None:
        found: Block | None = self._draft.get((kind, self._name, self._grain, index))
        return found

    def close(self, raw: int, learnt: int) -> None:
        """The next bucket, closed."""
        self.raw.append(raw)
        self.learnt.append(learnt)

    def run(self, costs: Sequence[int]) -> None:
        """The next buckets, closed and learnt as they were."""
        self.raw += costs
        self.learnt += costs

    def learnt_at(self, bucket: int) -> int:
        """What a closed bucket that is kept is learnt as."""
        self.reach(bucket)
        return self.learnt[bucket - self.start]

    def relearn(self, bucket: int, cost: int) -> None:
        """A closed bucket is learnt as `cost` from now on; one that is not kept is left alone."""
        if bucket < self.kept:
            return
        self.reach(bucket)
        self.learnt[bucket - self.start] = cost
        self._touched = min(self._touched, bucket // BLOCK[self._grain])
        self._saved = -1

    def save(self) -> None:
        """Blocks that have changed, and no more of them than are kept."""
        if self._saved == self.end:
            return
        size = BLOCK[self._grain]
        for index in range(max(self._touched, self._first // size), -(-self.end // size)):
            raw, learnt = self._block(self.raw, index), self._block(self.learnt, index)
            self._draft.put(("block", self._name, self._grain, index), Block(costs=raw))
            key = ("learnt", self._name, self._grain, index)
            if raw != learnt:
                self._draft.put(key, Block(costs=learnt))
            elif self._draft.get(key):
                self._draft.put(key, None)
        for index in range(self._touched - KEPT[self._grain], self.end // size - KEPT[self._grain]):
            for kind in ("block", "learnt"):
                if self._draft.get((kind, self._name, self._grain, index)):
                    self._draft.put((kind, self._name, self._grain, index), None)

    def _block(self, costs: Sequence[int], index: int) -> tuple[int, ...]:
        """The costs of a block; 0 before the series began."""
        size = BLOCK[self._grain]
        begin = index * size - self.start
        return (*(0,) * -min(begin, 0), *costs[max(begin, 0) : begin + size])


def _loaded(blocks: Sequence[Block | None], size: int) -> list[int]:
    """The costs of blocks that follow each other; one that is not there is of zeros."""
    found: list[int] = []
    for block in blocks:
        if block is not None:
            found += block.costs
        found += (0,) * (-len(found) % size or size * (block is None))
    return found
