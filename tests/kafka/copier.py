"""A little runner in a process of its own: copies `tally` to `docket`, until it is ended.

    python copier.py BOOTSTRAP PREFIX MEMBER

Its state is how far it got, kept on watch-state; at each start it fences and restores.
"""

import json
import sys
import time
from collections.abc import Mapping, Sequence

from streams.kafka import KafkaLog
from streams.log import Entry, LogError, Ownership, Record

STEP = "watch"
HEARTBEAT = 2.5
"""Seconds until a partition that was fenced is opened again, if it is still ours by then."""


class Copier:
    """One member and what it owns."""

    def __init__(self, log: KafkaLog, member: str) -> None:
        self.log = log
        self.owned: dict[int, Ownership] = {}
        self.at: dict[int, dict[str, int]] = {}
        self.broken: dict[int, float] = {}
        self.member = log.join(STEP, member, ["tally"], self.opened, self.closed)

    def opened(self, partition: int) -> Mapping[str, int]:
        self.owned[partition] = self.log.own(STEP, partition)
        restored = {r.key: r.value for r in self.log.read("watch-state", partition)}
        self.at[partition] = json.loads(restored.get(b"position") or b"{}")
        return self.at[partition]

    def closed(self, partition: int) -> None:
        self.broken.pop(partition, None)
        self.at.pop(partition, None)
        if owned := self.owned.pop(partition, None):
            owned.close()

    def work(self) -> None:
        for partition, records in self.member.poll(50, 0.5).items():
            if partition in self.owned:
                self.apply(partition, records)
        for partition in [p for p, due in self.broken.items() if due < time.monotonic()]:
            del self.broken[partition]
            self.member.rewind(partition, self.opened(partition))

    def apply(self, partition: int, records: Sequence[Record]) -> None:
        at = {"tally": records[-1].offset + 1}
        state = Entry("watch-state", b"position", json.dumps(at).encode(), partition)
        copies = [Entry("docket", r.key, r.value) for r in records]
        try:
            self.owned[partition].commit([*copies, state], at)
        except LogError:
            self.closed(partition)
            self.broken[partition] = time.monotonic() + HEARTBEAT
            return
        self.at[partition] = at


def main(bootstrap: str, prefix: str, member: str) -> None:
    copier = Copier(KafkaLog(bootstrap, prefix=prefix), member)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        copier.work()


if __name__ == "__main__":
    main(*sys.argv[1:])
