"""Asks and tells the cluster of topics as `schemas/topics.yaml` declares them."""

from collections.abc import Mapping
from concurrent.futures import Future
from time import monotonic, sleep

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined] # not named in its __all__
    AdminClient,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from schemas.topics import SEGMENT_BYTES, SEGMENT_MS, TOMBSTONE_MS, Topic, topics
from schemas.wording import counted
from streams.kafka_errors import error_of, meaning
from streams.kafka_settings import PATIENCE
from streams.log import LogError, Unreachable

HELD = ("cleanup.policy", "message.timestamp.type")
"""Settings without which a step's state is lost or its times are wrong; others are advice."""


def config(topic: Topic, replication: int) -> dict[str, str]:
    """Kafka's settings of a topic. (kafka.apache.org, "Topic configs".)"""
    kept = topic.retention_ms
    return {
        "cleanup.policy": topic.cleanup.value,
        "message.timestamp.type": "LogAppendTime" if topic.appended else "CreateTime",
        "min.insync.replicas": str(max(1, replication - 1)),
        "retention.ms": str(-1 if kept is None else kept),
        **(compaction() if topic.compacted else {}),
        **(small() if topic.state else {}),
    }


def compaction() -> dict[str, str]:
    """Settings of a compacted topic."""
    return {"delete.retention.ms": str(TOMBSTONE_MS), "min.cleanable.dirty.ratio": "0.2"}


def small() -> dict[str, str]:
    """Settings that let compaction get at a state topic soon."""
    return {"segment.bytes": str(SEGMENT_BYTES), "segment.ms": str(SEGMENT_MS)}


class Admin:
    """Kafka's administration, under one prefix."""

    def __init__(self, admin: AdminClient, address: str, prefix: str) -> None:
        self._admin = admin
        self._address = address
        self._prefix = prefix

    def partitions(self) -> dict[str, int]:
        """The number of partitions of every topic that is there. Raises LogError."""
        try:
            found = self._admin.list_topics(timeout=PATIENCE).topics
        except KafkaException as wrong:
            raise self._meaning(wrong, "list topics") from None
        return {
            name.removeprefix(self._prefix): len(topic.partitions)
            for name, topic in found.items()
            if name.startswith(self._prefix)
        }

    def create(self, widths: Mapping[str, int], replication: int, extra: Mapping[str, str]) -> None:
        """Make what is missing; refuse what is there and differs. Raises LogError.

        `extra` settings hold for every topic that is made.
        """
        there = self.partitions()
        self._check({name: width for name, width in widths.items() if name in there}, there)
        new = [
            NewTopic(
                self._prefix + name,
                num_partitions=width,
                replication_factor=replication,
                config={**config(topics()[name], replication), **extra},
            )
            for name, width in widths.items()
            if name not in there
        ]
        if new:
            made = self._admin.create_topics(
                new, operation_timeout=PATIENCE, request_timeout=PATIENCE
            )
            for name, future in made.items():
                self._made(name, future)
            self._seen(widths)

    def _made(self, name: str, future: "Future[None]") -> None:
        try:
            future.result()
        except KafkaException as wrong:
            if error_of(wrong).code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise self._meaning(wrong, f"create topic {name}") from None

    def _seen(self, widths: Mapping[str, int]) -> None:
        """Wait until the broker tells others of them too: it does so a moment later."""
        until = monotonic() + PATIENCE
        while missing := widths.keys() - self.partitions().keys():
            if monotonic() > until:
                raise Unreachable(f"Kafka at {self._address} does not show {sorted(missing)}")
            sleep(0.02)

    def _check(self, widths: Mapping[str, int], there: Mapping[str, int]) -> None:
        for name, width in widths.items():
            if there[name] != width:
                has = counted(there[name], "partition")
                raise LogError(f"topic {name} has {has}, not {width} as asked for")
        for name, settings in self._settings(list(widths)).items():
            wanted = config(topics()[name], 1)
            for setting in HELD:
                if settings[setting] != wanted[setting]:
                    raise LogError(
                        f"topic {name} has {setting}={settings[setting]}, not {wanted[setting]}"
                    )

    def _settings(self, names: list[str]) -> dict[str, dict[str, str]]:
        """The settings of topics that are there."""
        if not names:
            return {}
        asked = [ConfigResource(ResourceType.TOPIC, self._prefix + name) for name in names]
        futures = self._admin.describe_configs(asked, request_timeout=PATIENCE)
        try:
            return {
                resource.name.removeprefix(self._prefix): {
                    entry.name: str(entry.value) for entry in future.result().values()
                }
                for resource, future in futures.items()
            }
        except KafkaException as wrong:
            raise self._meaning(wrong, "describe topics") from None

    def _meaning(self, wrong: KafkaException, doing: str) -> LogError:
        self._admin.poll(0)  # hands librdkafka's log lines over
        return meaning(error_of(wrong), self._address, doing)
