"""What meter and watch remember after weeks, written onto their topics as they would have left it.

Every series has its state from `_template` under its own name; identities are random, in the
batches that a meter makes of so many usages a second.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks import _kafka
from benchmarks._backlog import backlog, books_of, sums
from benchmarks._kafka import Put
from benchmarks._metering import CODEC
from benchmarks._organisation import Organisation
from benchmarks._template import template
from benchmarks.peers._task import WIDTH
from schemas import series
from schemas.keys import partition_of
from schemas.moments import DAY_MINUTES, MINUTE, SECOND, moment
from schemas.records import Clock
from schemas.states import Progress, Seen
from streams.pipeline import PROGRESS
from streams.steps.identities import SIZE
from streams.steps.resting import CLOCK
from streams.steps.step import Key, key_bytes

TURN = SECOND // 4
"""Microseconds from one batch of a meter to the next: it gathers so long."""


@dataclass(frozen=True)
class History:
    """What is remembered; `end` is a full hour, microseconds since 1970."""

    organisation: Organisation
    identities: int
    a_second: int
    """Usages a second in which they came."""

    end: int
    days: int = 35
    """How long the series have lived."""

    def write(self, servers: str, prefix: str) -> None:
        """Onto the topics of the meter and of watch."""
        _kafka.load(servers, f"{prefix}seen", self.seen())
        _kafka.load(servers, f"{prefix}watch-state", self.watched())

    def seen(self) -> Iterator[Put]:
        """The meter's state."""
        chance = np.random.Generator(np.random.PCG64(1))
        each = max(self.a_second * TURN // SECOND // WIDTH, 1)
        for number, left in enumerate(range(self.identities, 0, -each * WIDTH)):
            minute = (self.end - 1 - number * TURN) // MINUTE
            ids = chance.bytes(SIZE * min(each * WIDTH, left))
            for partition in range(WIDTH):
                mine = ids[partition * each * SIZE : (partition + 1) * each * SIZE]
                if mine:
                    seen = Seen(minute=minute, ids=mine)
                    yield _put(("seen", minute, number), seen, partition)
        for partition in range(WIDTH):
            yield _put(PROGRESS, self._progress(), partition)

    def _progress(self) -> Progress:
        return Progress(
            watermark=self.end,
            live=True,
            since=self.end - self.days * DAY_MINUTES * MINUTE,
            horizon=self.end // MINUTE - DAY_MINUTES,
        )

    def watched(self) -> Iterator[Put]:
        """The state of watch."""
        [book] = books_of(self.organisation).versions
        levels = {name: series.split(name)[0] for name in names(self.organisation)}
        templates = {
            level: template(self.days, level if level in series.LEVELS else "keys-0", self.end)
            for level in set(levels.values())
        }
        for name, level in levels.items():
            partition = partition_of(book.root(name).encode(), WIDTH)
            for (kind, _, *rest), value in templates[level]:
                yield key_bytes((kind, name, *rest)), value, partition
        for partition in range(WIDTH):
            yield _put(CLOCK, Clock(time=moment(self.end)), partition)


def names(organisation: Organisation) -> list[str]:
    """All its series, as the meter names them."""
    given = backlog(organisation, organisation.series, organisation.series)
    return sorted({name for name, _ in sums(given, books_of(organisation)).nano_usd})


def _put(key: Key, record: object, partition: int) -> Put:
    return key_bytes(key), CODEC.encode(record), partition
