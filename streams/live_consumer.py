"""Faust's consumer, mended: it reads committed records only, and begins where the views are.

All that leans on Faust's and aiokafka's inner names stands here; both are pinned, and tests fail if
an aborted record shows or a view differs after a kill (reference: engine, section 9).
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, cast

import faust
from faust.app.base import BootStrategy
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Transport
from faust.transport.drivers.aiokafka import Consumer as AIOKafkaConsumer
from faust.transport.utils import DefaultSchedulingStrategy

from schemas.topics import topics
from streams.views import TOPICS, wanted

Restored = Callable[[], Awaitable[Mapping[tuple[str, int], int]]]
"""Brings the views up to the end of the log; where to read on, by topic and partition."""


class Reader(BootStrategy):
    """What Faust starts: no producer, for nothing is produced by it; no web, for that is ours."""

    enable_kafka_producer = False
    enable_web = False


class LiveApp(faust.App):
    """A Faust application that restores its views whenever it is given partitions."""

    BootStrategy = Reader

    restored: Restored
    prefix: str

    def plain(self, topic: str) -> str:
        """The topic as we call it, without the prefix."""
        return topic.removeprefix(self.prefix)


class ReadCommitted(AIOKafkaConsumerThread):
    """Faust has no setting for this outside its own exactly-once: aborted records would show."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"  # aiokafka looks at it when it starts
        return consumer


class LiveConsumer(AIOKafkaConsumer):
    """Commits nothing: on assignment the views are restored, and reading goes on from there."""

    def _new_consumer_thread(self) -> ReadCommitted:
        return ReadCommitted(self, loop=self.loop, beacon=self.beacon)

    async def perform_seek(self) -> None:
        """The last thing that Faust does before it resumes; of old: seek to what was committed."""
        app = cast(LiveApp, self.app)
        positions = await app.restored()
        given = {tp: (app.plain(tp.topic), tp.partition) for tp in self.assignment()}
        await self.seek_wait({tp: positions[place] for tp, place in given.items()})


class LiveTransport(Transport):
    """Faust's way to Kafka, with our consumer."""

    Consumer = LiveConsumer


class NewestWanted(DefaultSchedulingStrategy):
    """Of what one fetch brought, the records that the views want, the newest of each key.

    Most of watch's state is not for the views, and a record costs Faust 150 microseconds.
    """

    def iterate(self, records: Mapping[Any, list[Any]]) -> Iterator[Any]:
        """See Faust's setting ConsumerScheduler."""
        return iter(super().iterate({tp: kept(tp.topic, found) for tp, found in records.items()}))


def kept(topic: str, records: list[Any]) -> list[Any]:
    """What the views want of one partition's records, in order; `topic` has its prefix."""
    name = next(one for one in TOPICS if topic.endswith(one))
    found = [record for record in records if wanted(name, record.key)]
    if not topics()[name].compacted:
        return found
    newest = {record.key: record for record in found}
    return [record for record in found if newest[record.key] is record]
