"""The shell that converges places: it carries out what notifiers/delivery.py decides.

For each incident and place: make the intent durable, call the place, make the result durable. A
restart that finds an intent without a result looks before it tries again. A slow vendor holds up
its own lane only, and never a partition: this is a process of its own.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from notifiers.base import Notifier
from notifiers.delivery import PASSED_OVER, Action, Decision, decide, unknown_place
from notifiers.outcomes import is_noted
from streams.deliver_calls import Calls, DeliverSettings
from streams.deliver_log import Closed, Turn
from streams.deliver_part import Key, Part
from streams.deliver_records import clearing
from streams.deliver_thread import LogThread, Void
from streams.lanes import Lane
from streams.log import Log

Work = Coroutine[Any, Any, None]


class Deliver:
    """Brings every place to every incident, until it is told to stop.

    `notifiers` is asked anew for each call, so that places may come and go while it runs; whoever
    opened them closes them. `clock` gives the present time, aware.
    """

    def __init__(
        self,
        log: Log,
        notifiers: Mapping[str, Notifier],
        clock: Callable[[], datetime],
        settings: DeliverSettings,
    ) -> None:
        self._log = LogThread(log, settings.codec, settings.member)
        self._calls = Calls(self._log, settings, clock)
        self._notifiers = notifiers
        self._clock = clock
        self._grace = settings.grace
        self._parts: dict[int, Part] = {}
        self._lanes: dict[str, Lane] = {}
        self._tasks: dict[tuple[int, Key], asyncio.Task[None]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; calls under way are then finished. Raises Fenced, Lost, LogError."""
        try:
            await self._log.join()
            while not stop.is_set():
                self._take(await self._log.turn())
                self._begin_due()
                await asyncio.sleep(0)  # let what has begun say what it wants to write
                self._raise_broken()
            await self._finish()
        finally:
            await self._end()

    def _take(self, turn: Turn) -> None:
        """Partitions come and go, incidents change."""
        now = self._clock()
        for event in turn.events:
            if isinstance(event, Closed):
                self._close(event.partition)
            else:
                self._parts[event.partition] = Part.of(event, self._notifiers, now)
        for number, changes in turn.changes.items():
            if number in self._parts:
                self._parts[number].take(changes, now)

    def _close(self, number: int) -> None:
        """Whoever has the partition now goes on; what is under way here can't be written."""
        part = self._parts.pop(number)
        for (epoch, _), task in self._tasks.items():
            if epoch == part.epoch:
                task.cancel()

    def _begin_due(self) -> None:
        now = self._clock()
        for part in self._parts.values():
            for key in part.due(now):
                if (part.epoch, key) not in self._tasks:
                    self._consider(part, key, now)
            self._clear(part)

    def _consider(self, part: Part, key: Key, now: datetime) -> None:
        """Decide, and begin what is to be done if the place's lane is free."""
        notifier = self._notifiers.get(key[1])
        if notifier is None:
            self._leave_out(part, key, unknown_place())
            return
        decision = decide(part.delivery(key), part.incidents[key[0]], now)
        if decision.until is not None:
            part.agenda[key] = decision.until
        elif decision.action is Action.NOTHING:
            self._leave_out(part, key, decision)
        else:
            self._call(part, key, notifier, decision)

    def _leave_out(self, part: Part, key: Key, decision: Decision) -> None:
        """Nothing to do; where an incident is not shown at all, say so once."""
        del part.agenda[key]
        noted = is_noted(part.delivery(key), decision.why)
        if decision.why in PASSED_OVER and not noted:
            self._begin(part, key, self._calls.leave_out(part, key, decision))

    def _call(self, part: Part, key: Key, notifier: Notifier, decision: Decision) -> None:
        now, lane = self._clock(), self._lanes.setdefault(key[1], Lane())
        if not lane.is_free(now, notifier.manner):
            return
        del part.agenda[key]
        lane.begin(now)
        self._begin(part, key, self._along(lane, part, key, notifier, decision))

    async def _along(
        self, lane: Lane, part: Part, key: Key, notifier: Notifier, decision: Decision
    ) -> None:
        """One call in its lane; afterwards the incident is looked at again."""
        try:
            await self._calls.call(part, key, notifier, lane, decision)
        finally:
            lane.end()
        if key[0] in part.incidents:  # the judge may have cleared it away meanwhile
            part.agenda[key] = self._clock()

    def _begin(self, part: Part, key: Key, work: Work) -> None:
        self._tasks[part.epoch, key] = asyncio.create_task(work)

    def _clear(self, part: Part) -> None:
        """Clear away the records of incidents that the judge has cleared away."""
        for incident in sorted(part.cleared):
            places = sorted(part.deliveries.get(incident, {}))
            if not any((part.epoch, (incident, place)) in self._tasks for place in places):
                part.cleared.discard(incident)
                part.deliveries.pop(incident, None)
                made = clearing(part.number, incident, places)
                work = self._log.write(part.number, part.epoch, made)
                self._begin(part, (incident, ""), work)

    def _raise_broken(self) -> None:
        """Forget the calls that are done. Raises what broke one: a mistake of ours."""
        for name, task in list(self._tasks.items()):
            if task.done():
                del self._tasks[name]
                with suppress(Void, asyncio.CancelledError):
                    task.result()

    async def _finish(self) -> None:
        """Let calls under way end, for a while; what does not is in doubt at the next start."""
        clock = asyncio.get_running_loop().time
        end = clock() + self._grace
        while self._tasks and clock() < end:
            self._take(await self._log.turn())
            self._raise_broken()

    async def _end(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self._log.leave()
