"""The log on Apache Kafka, by confluent_kafka, Confluent's own client.

One transactional producer for each partition of a step, static members of the classic protocol,
read-committed everywhere: what was exact in all crash, zombie and rebalance rounds.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from threading import Lock
from typing import Any

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from streams.kafka_admin import Admin
from streams.kafka_errors import error_of, meaning
from streams.kafka_member import KafkaMembership
from streams.kafka_owner import KafkaOwnership
from streams.kafka_producer import Appender
from streams.kafka_reader import Readers
from streams.kafka_settings import (
    APPENDING,
    CLIENT,
    MEMBER,
    OUTSIDER,
    OWNING,
    PATIENCE,
    READER,
    Settings,
    checked,
)
from streams.log import Closed, Entry, LogError, Membership, Opened, Ownership, Positions, Record

logger = logging.getLogger(__name__)
logger.addHandler(logging.NullHandler())


class KafkaLog:
    """Where records live: a Kafka cluster.

    `settings` are librdkafka's for TLS and SASL; those that switch a verification off or break
    exactness are refused. `prefix` stands before the names of topics, groups and transactional
    ids, so that several installations can share a cluster. Raises ValueError.
    """

    def __init__(self, bootstrap: str, settings: Settings | None = None, prefix: str = "") -> None:
        self._address = bootstrap
        self._client = {"bootstrap.servers": bootstrap, **CLIENT, **checked(settings or {})}
        self.prefix = prefix
        self._readers = Readers(lambda: self._consumer(READER), bootstrap, prefix)
        self._appender = Appender(lambda: self._producer(APPENDING), bootstrap, prefix)
        self._members: list[KafkaMembership] = []
        self._outsiders: dict[str, Consumer] = {}
        self._admin: AdminClient | None = None
        self._lock = Lock()

    def create(
        self,
        widths: Mapping[str, int],
        replication: int = 3,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        """Make the topics that are missing, as declared; `extra` are further topic settings.

        Raises LogError, also where a topic is there with other partitions or another cleanup.
        """
        self._administration().create(widths, replication, extra or {})

    def partitions(self, topic: str) -> int:
        """See `streams.log.Log`."""
        found = self._administration().partitions()
        if topic not in found:
            raise LogError(f"Kafka at {self._address} has no topic {self.prefix}{topic}")
        return found[topic]

    def append(self, entries: Iterable[Entry]) -> None:
        """See `streams.log.Log`; an idempotent producer, acknowledged by all replicas in sync."""
        self._appender.append(entries)

    def read(self, topic: str, partition: int, start: int = 0) -> Iterator[Record]:
        """See `streams.log.Log`."""
        return self._readers.read(topic, partition, start)

    def newest(self, topic: str, partition: int) -> dict[bytes, bytes]:
        """See `streams.log.Log`."""
        return self._readers.newest(topic, partition)

    def end(self, topic: str, partition: int) -> int:
        """See `streams.log.Log`; the markers of transactions count."""
        return self._readers.bounds(topic, partition)[1]

    def own(self, step: str, partition: int) -> Ownership:
        """See `streams.log.Log`; transactional id `<step>-<partition>`."""
        identity = {**OWNING, "transactional.id": f"{self.prefix}{step}-{partition}"}
        return KafkaOwnership(
            self._producer(identity),
            (step, partition),
            self._metadata(step, partition),
            self._address,
            self.prefix,
        )

    def committed(self, step: str, partition: int) -> Positions:
        """See `streams.log.Log`; the offsets of the group that is named as the step.

        Asked by a consumer: the admin client's own call ends the process where a coordinator is
        just coming back (github.com/confluentinc/librdkafka/issues/5040).
        """
        widths = self._administration().partitions()
        mine = [self.prefix + topic for topic, width in widths.items() if partition < width]
        asked = [TopicPartition(topic, partition) for topic in mine]
        try:
            found = self._outsider(step).committed(asked, PATIENCE)
        except KafkaException as wrong:
            raise meaning(error_of(wrong), self._address, f"offsets of {step}") from None
        return {
            place.topic.removeprefix(self.prefix): place.offset
            for place in found
            if place.offset >= 0
        }

    def join(
        self, group: str, member: str, topics: Sequence[str], opened: Opened, closed: Closed
    ) -> Membership:
        """See `streams.log.Log`; a static member, `group.instance.id` is its name."""
        self._check(topics)
        identity = {"group.id": self.prefix + group, "group.instance.id": member}
        membership = KafkaMembership(group, topics, self._begins, opened, closed)
        membership.start(
            lambda heard: self._consumer({**MEMBER, **identity}, heard), self._address, self.prefix
        )
        with self._lock:
            self._members = [one for one in self._members if not one.left] + [membership]
        return membership

    def close(self) -> None:
        """See `streams.log.Log`."""
        for member in self._members:
            member.leave()
        for outsider in self._outsiders.values():
            outsider.close()
        self._outsiders.clear()
        self._readers.close()
        self._appender.close()

    def _begins(self, topic: str, partition: int) -> int:
        return self._readers.bounds(topic, partition)[0]

    def _check(self, topics: Sequence[str]) -> None:
        """Inputs that are read together have the same partitions. Raises LogError."""
        counts = {topic: self.partitions(topic) for topic in topics}
        if len(set(counts.values())) > 1:
            raise LogError(f"topics read together differ in partitions: {counts}")

    def _metadata(self, step: str, partition: int) -> Callable[[], Any]:
        """The generation of the member that has the partition, else that of nobody.

        The newest member counts: an older one of its name does not know yet that it is out.
        """
        with self._lock:
            for member in reversed(self._members):
                if member.group == step and member.holds(partition):
                    return member.metadata
        return self._outsider(step).consumer_group_metadata

    def _outsider(self, step: str) -> Consumer:
        """A consumer that knows a group and never joins it."""
        with self._lock:
            if step not in self._outsiders:
                self._outsiders[step] = self._consumer({**OUTSIDER, "group.id": self.prefix + step})
            return self._outsiders[step]

    def _consumer(self, settings: Settings, heard: Callable[..., None] | None = None) -> Consumer:
        consumer: Consumer = self._made(Consumer, settings, {"error_cb": heard} if heard else {})
        return consumer

    def _producer(self, settings: Settings) -> Producer:
        producer: Producer = self._made(Producer, settings, {})
        return producer

    def _administration(self) -> Admin:
        if self._admin is None:
            self._admin = self._made(AdminClient, {}, {})
        return Admin(self._admin, self._address, self.prefix)

    def _made(self, kind: Callable[..., Any], settings: Settings, heard: dict[str, Any]) -> Any:
        """A client of librdkafka, which hands its own log lines to our logger. Raises LogError."""
        try:
            return kind({**self._client, **settings, **heard}, logger=logger)
        except KafkaException as wrong:
            raise meaning(error_of(wrong), self._address, "settings") from None
