"""One call to one place: the intent, the call, the result, each durable before the next."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from notifiers.base import Notifier, NotSent, Remote, Uncertain, Update
from notifiers.delivery import Action, Decision
from notifiers.life import Event, Phase
from notifiers.outcomes import Result, after, begun, failed, passed_over, wanted
from schemas.codec import Codec
from schemas.records import Attempt, Delivery, Incident
from streams.deliver_part import Key, Part
from streams.deliver_records import Said, attempt, entries, left_out, notice
from streams.deliver_thread import LogThread
from streams.lanes import Lane

LONGEST_CALL = 90.0
"""Seconds after which a call that never comes back counts as in doubt; the places' own limits are
far shorter, so this is for mistakes of ours."""

MARGIN = timedelta(seconds=1)
"""Added to a vendor's Retry-After, which is in whole seconds."""

heard = structlog.get_logger("deliver")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverSettings:
    """What deliver is told by whoever starts it."""

    organisation: str
    address: str = ""
    """Where the web pages are, without a slash at the end; empty: no links."""

    member: str = "deliver-0"
    """A fixed name in the group, so that a restart takes its own place."""

    grace: float = 10.0
    """Seconds that calls under way get at the end."""

    codec: Codec = field(default_factory=Codec)
    watch: Callable[[Attempt], None] = lambda _: None
    """Hears of each attempt, for metrics."""


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls places and keeps the records; `clock` gives the present time, aware."""

    log: LogThread
    settings: DeliverSettings
    clock: Callable[[], datetime]

    async def call(
        self, part: Part, key: Key, notifier: Notifier, lane: Lane, decision: Decision
    ) -> None:
        """Show or look, as decided. Raises Void where the partition was lost on the way."""
        incident = part.incidents[key[0]]
        record = wanted(part.delivery(key), incident, key[1])
        began = self.clock()
        if decision.action is Action.SHOW:
            record = begun(record, began)
            await self._keep(part, record)
        update = self._update(incident, record)
        result = await ask(notifier, decision.action, update, record.remote)
        ended = self.clock()
        if result.retry_after is not None:
            lane.be_still(ended + timedelta(seconds=result.retry_after) + MARGIN)
        record = after(record, result, ended, notifier.manner)
        said = attempt(record, decision, result, began, ended)
        shown = [notice(update, key[1])] if result.event is Event.SENT else []
        await self._keep(part, record, said, *shown)
        self._tell(record, said)

    async def leave_out(self, part: Part, key: Key, decision: Decision) -> None:
        """Note that a revision is not shown, and why. Raises Void."""
        incident = part.incidents[key[0]]
        record = passed_over(part.delivery(key), incident, key[1], decision.why)
        said = left_out(record, decision.why, self.clock())
        await self._keep(part, record, said)
        self.settings.watch(said)

    async def _keep(self, part: Part, record: Delivery, *said: Said) -> None:
        """Durable first, in memory then."""
        made = entries(self.settings.codec, part.number, record, said)
        await self.log.write(part.number, part.epoch, made)
        part.keep(record)

    def _update(self, incident: Incident, record: Delivery) -> Update:
        address = self.settings.address
        return Update(
            incident,
            record.delivered,
            self.settings.organisation,
            link=f"{address}/incidents/{incident.id}" if address else "",
            since=record.intent_at,
        )

    def _tell(self, record: Delivery, said: Attempt) -> None:
        """Nothing is given up in silence."""
        self.settings.watch(said)
        if record.phase == Phase.DEAD:
            heard.error(
                "delivery_given_up",
                incident=record.incident,
                place=record.place,
                revision=record.desired,
                reason=said.reason,
            )


async def ask(notifier: Notifier, action: Action, update: Update, remote: Remote) -> Result:
    """Show or look; whatever goes wrong is a result."""
    try:
        async with asyncio.timeout(LONGEST_CALL):
            if action is Action.SHOW:
                return Result(Event.SENT, "", await notifier.show(update, remote))
            found = await notifier.find(update, remote)
            event = Event.MISSING if found is None else Event.FOUND
            return Result(event, event, found)
    except NotSent as wrong:
        return failed(wrong)
    except Exception as wrong:  # a mistake of ours: its text could hold anything
        return failed(Uncertain(type(wrong).__name__))
