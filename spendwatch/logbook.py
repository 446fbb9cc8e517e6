"""Which log a command works on: the embedded file it names, else Kafka as the settings say."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from schemas import topics
from schemas.codec import Codec
from spendwatch import clocks
from spendwatch.failures import Failure
from spendwatch.settings import Settings
from streams.log import Log

NO_LOG = "name a log: --embedded FILE, or Kafka by KAFKA_BOOTSTRAP_SERVERS"


@dataclass(frozen=True, slots=True)
class Logbook:
    """A log and how its messages are framed."""

    log: Log
    codec: Codec
    where: str
    """How people know it: the file, or the servers."""

    embedded: bool = False
    """Whether it is a file of this machine, which thins and expires by our own hand."""


def opened(
    settings: Settings, embedded: Path | None, clock: Callable[[], int] = clocks.now_micros
) -> Logbook:
    """The log that a command works on; its topics are there. Raises Failure, LogError."""
    if embedded is not None:
        return _embedded(embedded, clock)
    if not settings.bootstrap_servers:
        raise Failure(NO_LOG)
    return _kafka(settings)


def _embedded(file: Path, clock: Callable[[], int]) -> Logbook:
    from streams.embedded import EmbeddedLog  # noqa: PLC0415 - only one of the two is needed

    log = EmbeddedLog(file, topics.widths(1, 1), clock)
    return Logbook(log, Codec(), str(file), embedded=True)


def _kafka(settings: Settings) -> Logbook:
    from streams.kafka import KafkaLog  # noqa: PLC0415 - only one of the two is needed

    further = {name: value.get_secret_value() for name, value in settings.kafka.items()}
    try:
        log = KafkaLog(settings.bootstrap_servers, further, settings.topic_prefix)
    except ValueError as wrong:
        raise Failure(str(wrong)) from None
    widths = topics.widths(settings.usage_partitions, settings.tally_partitions)
    log.create(widths, settings.replication)
    return Logbook(log, codec_of(settings), settings.bootstrap_servers)


def codec_of(settings: Settings) -> Codec:
    """Confluent framing where a schema registry is configured. Raises LogError."""
    if not settings.registry_url:
        return Codec()
    from streams.registry import Registry  # noqa: PLC0415 - only where there is one

    registry = Registry(
        settings.registry_url,
        settings.registry_user,
        settings.registry_password.get_secret_value(),
        str(settings.registry_ca) if settings.registry_ca else None,
    )
    return Codec(registry.ids())
