"""A lane to each place: how many calls at once, how soon the next, and when to be still."""

from dataclasses import dataclass
from datetime import datetime

from notifiers.manner import Manner


@dataclass(slots=True)
class Lane:
    """The calls to one place; a slow or busy vendor holds up nobody else."""

    under_way: int = 0
    began: datetime | None = None
    still_until: datetime | None = None

    def is_free(self, now: datetime, manner: Manner) -> bool:
        """Whether another call may begin."""
        if self.under_way >= manner.at_once:
            return False
        if self.still_until is not None and now < self.still_until:
            return False
        return self.began is None or now >= self.began + manner.interval

    def begin(self, now: datetime) -> None:
        """A call begins."""
        self.under_way += 1
        self.began = now

    def end(self) -> None:
        """A call has ended, however it did."""
        self.under_way -= 1

    def be_still(self, until: datetime) -> None:
        """The vendor asked for a pause: for all calls, not only for the one it answered."""
        self.still_until = until if self.still_until is None else max(until, self.still_until)
