"""What delivery holds in memory of one partition: only what the log has confirmed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from notifiers.base import Notifier
from notifiers.manner import Manner
from notifiers.outcomes import restored
from schemas.records import Delivery, Incident
from streams.deliver_restore import Change, Restored

Key = tuple[str, str]
"""An incident and a place."""


@dataclass(slots=True)
class Part:
    """One partition; `agenda` says which incident and place to look at again, and when.

    `cleared` holds incidents that the judge has cleared away and whose records are still there.
    """

    number: int
    epoch: int
    incidents: dict[str, Incident] = field(default_factory=dict)
    deliveries: dict[str, dict[str, Delivery]] = field(default_factory=dict)
    agenda: dict[Key, datetime] = field(default_factory=dict)
    cleared: set[str] = field(default_factory=set)
    _names: dict[bytes, str] = field(default_factory=dict)

    @classmethod
    def of(cls, found: Restored, notifiers: Mapping[str, Notifier], now: datetime) -> "Part":
        """A partition as restored; every incident is looked at once."""
        part = cls(found.partition, found.epoch)
        for record in found.deliveries:
            notifier = notifiers.get(record.place)
            manner = Manner() if notifier is None else notifier.manner
            part.keep(restored(record, now, manner))
        part.take(found.changes, now)
        part.cleared |= part.deliveries.keys() - part.incidents.keys()
        return part

    def take(self, changes: Iterable[Change], now: datetime) -> None:
        """New revisions; an older one than is known changes nothing."""
        for change in changes:
            if change.incident is None:
                self._forget(change.key)
            else:
                self._learn(change.key, change.incident, now)

    def delivery(self, key: Key) -> Delivery | None:
        """How far the place has been brought; None where nothing was ever decided."""
        return self.deliveries.get(key[0], {}).get(key[1])

    def keep(self, record: Delivery) -> None:
        """Remember what the log has confirmed."""
        self.deliveries.setdefault(record.incident, {})[record.place] = record

    def due(self, now: datetime) -> list[Key]:
        """What to look at now, most severe first, then what has waited longest."""
        return sorted((key for key, at in self.agenda.items() if at <= now), key=self._urgency)

    def _learn(self, key: bytes, incident: Incident, now: datetime) -> None:
        known = self.incidents.get(incident.id)
        if known is not None and known.revision >= incident.revision:
            return
        self._names[key] = incident.id
        self.incidents[incident.id] = incident
        for place in {*incident.places, *self.deliveries.get(incident.id, {})}:
            self.agenda[incident.id, place] = now

    def _forget(self, key: bytes) -> None:
        gone = self._names.pop(key, "")
        if self.incidents.pop(gone, None) is not None:
            self.cleared.add(gone)
        self.agenda = {key: at for key, at in self.agenda.items() if key[0] != gone}

    def _urgency(self, key: Key) -> tuple[str, datetime, Key]:
        """SEV1 sorts before SEV3, and both before info."""
        return (self.incidents[key[0]].severity, self.agenda[key], key)
