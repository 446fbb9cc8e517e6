"""The settings of Kafka's clients: what exactness needs, and what an operator may add.

Most were tried in crash, zombie and rebalance rounds on a real broker; change one and the step
may count twice or stall. Names are librdkafka's (its CONFIGURATION.md).
"""

from collections.abc import Mapping

Settings = Mapping[str, str | int | float | bool]

PATIENCE = 25.0
"""Seconds that any call waits for the broker before it says that it does not answer."""

COMMIT = 10.0
"""Seconds that a transaction may take: above the longest commit, below what readers may wait for
the transaction of a dead writer (12.9 s seen)."""

CLIENT: Settings = {
    "socket.timeout.ms": 10_000,
    "socket.connection.setup.timeout.ms": 10_000,
    "reconnect.backoff.max.ms": 2_000,
}

READING: Settings = {
    "isolation.level": "read_committed",
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "auto.offset.reset": "error",
    "fetch.wait.max.ms": 50,
    "queued.max.messages.kbytes": 16_384,
    "fetch.queue.backoff.ms": 100,
}
"""`error`: reading always begins at a given position, so only one that retention has passed can
set it off, and that must stop the step. The queue is a quarter of what librdkafka would hold;
where it is full, fetching goes on after 100 ms, not after a second, or reading would be slower."""

MEMBER: Settings = {
    **READING,
    "group.protocol": "classic",
    "partition.assignment.strategy": "range",
    "session.timeout.ms": 6_000,
    "heartbeat.interval.ms": 2_000,
    "max.poll.interval.ms": 60_000,
}
"""Classic protocol: with the new one a static member can't come back before 45 s are over."""

OUTSIDER: Settings = {**MEMBER, "isolation.level": "read_uncommitted"}
"""Asks for what a group has committed and reads no record. Kafka answers it without waiting for
offsets of open transactions: a broker that was killed may leave one there that only its producer's
next commit ends, and that has to ask first. What a fenced owner left open is over by then."""

READER: Settings = {
    **READING,
    "fetch.wait.max.ms": 1,
    "group.id": "reader",
    "enable.partition.eof": True,
}
"""Reads by hand up to the end: it never joins the group that librdkafka makes it name."""

WRITING: Settings = {
    "enable.idempotence": True,
    "acks": "all",
    "linger.ms": 5,
    "retry.backoff.ms": 5,
    "partitioner": "murmur2_random",
    "message.max.bytes": 1_048_588,
    "batch.size": 1_000_000,
    "queue.buffering.max.messages": 1_000_000,
    "topic.metadata.propagation.max.ms": 5_000,
}
"""The largest message is the broker's own default. Not compressed unless the operator says gzip."""

APPENDING: Settings = {**WRITING, "message.timeout.ms": int(PATIENCE * 1000) - 5_000}

OWNING: Settings = {
    **WRITING,
    "transaction.timeout.ms": int(COMMIT * 1000),
    "delivery.report.only.error": True,
}

OURS = {
    *MEMBER,
    *READER,
    *OWNING,
    *APPENDING,
    "bootstrap.servers",
    "metadata.broker.list",
    "transactional.id",
    "group.instance.id",
    "request.required.acks",
    "delivery.timeout.ms",
    "queue.buffering.max.ms",
    "message.send.max.retries",
    "retries",
    "enable.gapless.guarantee",
    "test.mock.num.brokers",
}
"""Settings, with their other names, that are not an operator's to change."""

READABLE = ("none", "gzip")
"""Compressions that every reader of our topics understands."""

TRUE = ("true", "t", "1")
"""What librdkafka takes for yes."""


def checked(settings: Settings) -> Settings:
    """An operator's settings (TLS, SASL and the like), if all of them may be set.

    Raises ValueError on what would switch a verification off, break exactness, or keep a reader
    from reading. The text never holds a value: it may be a secret.
    """
    named = {name.strip().lower(): value for name, value in settings.items()}
    for name, value in named.items():
        reason = objection(name, str(value).strip().lower())
        if reason:
            raise ValueError(f"Kafka setting {name}: {reason}")
    return named


def objection(name: str, value: str) -> str:
    """Why a setting is refused; empty where it is not."""
    if name in OURS:
        return "it is fixed"
    if name == "enable.ssl.certificate.verification" and value not in TRUE:
        return "certificates are always verified"
    if name == "ssl.endpoint.identification.algorithm" and value != "https":
        return "the broker's name is always verified"
    if name in ("compression.type", "compression.codec") and value not in READABLE:
        return f"one of {', '.join(READABLE)}: the views read no other"
    return ""
