"""The Faust application: the views, the web over them and the ticks, on Kafka.

It holds nothing that is not on the log. Whenever Faust is given partitions, the views are brought
up to the end of their topics by the log's own reader, and Faust goes on from there; nothing is
committed (docs/decisions/0012). What Faust loses or repeats makes a view late, never a dollar
wrong.
"""

import asyncio
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from time import monotonic

import structlog
from faust.types import Message, StreamT

from streams.live_access import Cluster
from streams.live_consumer import LiveApp, LiveTransport, NewestWanted
from streams.log import LogError, Record
from streams.views import TOPICS
from streams.views_follow import AGAIN, Found, Place, Reading, catch_up, first_beyond
from streams.views_host import Hosted, listening
from streams.views_ticks import LOOK

SESSION = 6.0
"""Seconds after which a dead member's partitions are free; Faust's own 60 would be its restart."""

CHECK = 5.0
"""Seconds between two looks whether the views still follow."""

GRACE = 15.0
"""Seconds that Faust gets to stop."""

LIVES, SPAN = 5, 600.0
"""Ends of Faust, and the seconds in which so many are borne before the process ends as well."""

logger = structlog.get_logger()


class Stopped(LogError):
    """The views follow no more, and a new start has not helped."""


def build(hosted: Hosted, cluster: Cluster, folder: str) -> LiveApp:
    """The application, not started; `folder` is where Faust may write. Raises ValueError."""
    app = LiveApp(
        cluster.member,
        broker=cluster.brokers,
        broker_credentials=cluster.credentials(),
        broker_session_timeout=SESSION,
        broker_heartbeat_interval=SESSION / 3,
        consumer_group_instance_id=cluster.member,
        consumer_auto_offset_reset="earliest",
        ConsumerScheduler=NewestWanted,
        datadir=folder,
        store="memory://",
        table_standby_replicas=0,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        worker_redirect_stdouts=False,
    )
    app.transport = LiveTransport(app.conf.broker_consumer, app)
    app.prefix = cluster.prefix
    following = Following(hosted, app)
    app.restored = following.restored
    _agents(app, hosted, following)
    return app


def _agents(app: LiveApp, hosted: Hosted, following: "Following") -> None:
    """What runs inside Faust: one agent over the views' topics, and two timers."""
    topic = app.topic(
        *(f"{app.prefix}{name}" for name in TOPICS),
        key_type=bytes,
        value_type=bytes,
        key_serializer="raw",
        value_serializer="raw",
        acks=False,
    )

    @app.agent(topic, name="views")
    async def views(stream: StreamT[bytes]) -> None:
        async for event in stream.events():
            hosted.views.take(record_of(app, event.message))

    app.timer(LOOK, name="ticks")(hosted.ticker.look)
    app.timer(CHECK, name="check")(following.check)


def record_of(app: LiveApp, message: Message) -> Record:
    """A message of Faust's as a record of the log."""
    received = round(message.timestamp * 1000) * 1000
    place = app.plain(message.topic), message.partition, message.offset
    return Record(*place, message.key, message.value, received)


class Following:
    """Whether and how far the views follow the log."""

    def __init__(self, hosted: Hosted, app: LiveApp) -> None:
        self._hosted, self._app = hosted, app
        self._reading = Reading(hosted.log)
        self._missed: set[Found] = set()

    async def restored(self) -> Mapping[Place, int]:
        """Bring the views up to the end of the log; where to read on."""
        while True:
            try:
                await catch_up(self._hosted.views, self._reading)
            except LogError as wrong:
                logger.warning("views_not_restored", error=str(wrong))
                await asyncio.sleep(AGAIN)
            else:
                logger.info("views_restored", topics=len(self._reading.next))
                return self._reading.next

    async def check(self) -> None:
        """End Faust where what was on the log at the last look still has not come.

        One that could not join its group lives on and does nothing (reference: engine, section 9).
        """
        reached = {**self._reading.next, **self._hosted.views.next}
        try:
            missed = await asyncio.to_thread(first_beyond, self._hosted.log, reached)
        except LogError as wrong:
            logger.warning("views_not_checked", error=str(wrong))
            return
        if missed & self._missed:
            await self._app.crash(Stopped(f"the views no longer follow: {sorted(missed)}"))
        self._missed = missed


async def serve(hosted: Hosted, cluster: Cluster, stop: asyncio.Event) -> None:
    """Web, views and ticks on Kafka until `stop` is set. Raises Stopped, ValueError, OSError.

    The web takes usage at once and answers questions as soon as the views are restored. A Faust
    that ends, or no longer follows, is started anew beneath it.
    """
    ends: list[float] = []
    async with listening(hosted):
        while (reason := await _live(hosted, cluster, stop)) is not None:
            logger.error("faust_ended", reason=reason)
            ends = [at for at in ends if at > monotonic() - SPAN] + [monotonic()]
            if len(ends) > LIVES:
                raise Stopped(f"Faust ended {len(ends)} times: {reason}")
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), AGAIN)


async def _live(hosted: Hosted, cluster: Cluster, stop: asyncio.Event) -> str | None:
    """One life of the application: why it ended, None where it was told to."""
    with tempfile.TemporaryDirectory(prefix="spendwatch-") as folder:
        app = build(hosted, cluster, folder)
        starting = asyncio.create_task(app.start())
        told, ended = (
            asyncio.create_task(stop.wait()),
            asyncio.create_task(app.wait_until_stopped()),
        )
        try:
            await asyncio.wait({told, ended}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (starting, told, ended):
                task.cancel()
            await asyncio.gather(starting, told, ended, return_exceptions=True)
            await _end(app)
    return None if stop.is_set() else str(app.crash_reason)


async def _end(app: LiveApp) -> None:
    """Stop it. Raises Stopped where it hangs: two of them would be in each other's way."""
    try:
        async with asyncio.timeout(GRACE):
            await app.stop()
    except TimeoutError:
        raise Stopped(f"Faust does not stop: {app.crash_reason}") from None
