"""A static member of a Kafka group: its partitions are given and taken inside poll()."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from operator import methodcaller
from time import monotonic
from typing import Any, cast

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from streams.bundle import Bundle, following, together
from streams.kafka_errors import PASSING, error_of, meaning
from streams.kafka_reader import bundle_of, take
from streams.kafka_settings import PATIENCE
from streams.log import Closed, Fenced, LogError, Opened, Positions, Record, Unreachable

PARTITION: Callable[[Message], int] = methodcaller("partition")
TOPIC: Callable[[Message], str] = methodcaller("topic")

Begins = Callable[[str, int], int]
"""The first offset that is kept of a topic's partition. Raises LogError.

Another client has to ask: the member's own does not answer while it is given partitions.
"""

PROBE = 2.0
"""Seconds that a broker gets to answer when it seems to be down."""


class KafkaMembership:
    """One member of a group; `group` is the step's name."""

    def __init__(
        self, group: str, topics: Sequence[str], begins: Begins, opened: Opened, closed: Closed
    ) -> None:
        self.group = group
        self._topics = tuple(topics)
        self._begins = begins
        self._opened = opened
        self._closed = closed
        self._held: dict[int, dict[str, int]] = {}
        self._unopened: set[int] = set()
        self._moved = False
        self._wrong: Exception | None = None
        self._torn: LogError | None = None
        self._down: float | None = None
        self.left = False

    def start(self, make: Callable[[Any], Consumer], address: str, prefix: str) -> None:
        """Subscribe; `make` gets the callback that hears of lost connections."""
        self._address = address
        self._prefix = prefix
        self._consumer = make(self._heard)
        self._consumer.subscribe(
            [prefix + topic for topic in self._topics],
            on_assign=self._given,
            on_revoke=self._taken,
            on_lost=self._taken,
        )

    def poll(self, most: int, seconds: float) -> Mapping[int, Sequence[Record]]:
        """See `streams.log.Membership`."""
        if self.left:
            raise LogError(f"{self.group}: the member has left")
        messages = self._consumed(most, seconds)
        if self._moved or self._unopened:
            self._settle(messages)
            return {}
        if self._torn is not None:
            raise self._torn
        self._answering(bool(messages), seconds)
        return self._records(messages)

    def rewind(self, partition: int, positions: Positions) -> None:
        """See `streams.log.Membership`."""
        if partition in self._held or partition in self._unopened:
            self._unopened.discard(partition)
            self._held[partition] = self._starts(partition, positions)
            self._assign()

    def leave(self) -> None:
        """See `streams.log.Membership`; the place stays its own until the session ends (6 s)."""
        if self.left:
            return
        self.left = True
        self._close_all()
        self._consumer.close()

    def holds(self, partition: int) -> bool:
        """Whether a partition is this member's now, opened or being opened."""
        return partition in self._held or partition in self._unopened

    def metadata(self) -> Any:
        """Its generation in the group, for transactions."""
        return self._consumer.consumer_group_metadata()

    def _given(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        self._moved = True
        self._torn = self._tear(places)
        if self._torn is None:
            self._unopened = {place.partition for place in places} - self._held.keys()
            self._keep(self._reopen)
        self._assign()

    def _taken(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        self._moved = True
        for partition in sorted({place.partition for place in places}):
            self._unopened.discard(partition)
            if self._held.pop(partition, None) is not None:
                self._keep(self._closed, partition)
        consumer.unassign()

    def _tear(self, places: Iterable[TopicPartition]) -> LogError | None:
        """Members that subscribe to different topics tear the partitions of one number apart."""
        given = {(place.topic.removeprefix(self._prefix), place.partition) for place in places}
        for number in sorted({number for _, number in given}):
            if missing := [topic for topic in self._topics if (topic, number) not in given]:
                return LogError(f"{self.group}-{number}: another member has {', '.join(missing)}")
        return None

    def _settle(self, messages: Sequence[Message]) -> None:
        """What was taken around a rebalance or an opening is void: read from our own positions.

        But for a fatal error: it comes once, and nothing is ever read after it.
        """
        for error in filter(None, (message.error() for message in messages)):
            if error.fatal() or error.code() == KafkaError._FATAL:
                raise self._final(error)
        if not self._moved:
            self._keep(self._reopen)
        self._assign()
        wrong, self._wrong = self._wrong, None
        if wrong is not None:
            raise wrong

    def _reopen(self) -> None:
        """Open what is given and not yet open, all at once: one by one takes a second each."""
        waiting = sorted(self._unopened)
        with ThreadPoolExecutor(len(waiting) or 1) as pool:
            opening = {number: pool.submit(self._open, number) for number in waiting}
        for number, found in opening.items():
            if found.exception() is None:
                self._held[number] = found.result()
                self._unopened.discard(number)
        for found in opening.values():
            found.result()

    def _open(self, number: int) -> dict[str, int]:
        return self._starts(number, self._opened(number))

    def _starts(self, number: int, positions: Positions) -> dict[str, int]:
        """Where to read on in every topic, as numbers: where there is none, its beginning.

        librdkafka asks for its own OFFSET_BEGINNING once more half a second after an answer that
        came too late, and then goes back there in the middle of reading. Raises LogError.
        """
        unread = [topic for topic in self._topics if topic not in positions]
        return {**{topic: self._begins(topic, number) for topic in unread}, **positions}

    def _assign(self) -> None:
        """Read every open partition on from our own position."""
        self._consumer.assign([
            TopicPartition(self._prefix + topic, number, positions[topic])
            for number, positions in sorted(self._held.items())
            for topic in self._topics
        ])  # fmt: skip

    def _consumed(self, most: int, seconds: float) -> list[Message]:
        self._moved = False
        try:
            return take(self._consumer, most, seconds)
        except KafkaException as wrong:
            raise self._final(error_of(wrong)) from None

    def _records(self, messages: Sequence[Message]) -> Mapping[int, Sequence[Record]]:
        told = [message for message in messages if message.error() is not None]
        for message in told:
            self._failed(cast(KafkaError, message.error()), message)
        sound = [message for message in messages if message.error() is None] if told else messages
        held, parts = dict(self._held), dict[int, list[Bundle]]()
        for number, in_a_row in groupby(sound, PARTITION):
            for topic, run in groupby(in_a_row, TOPIC):
                bundle = bundle_of(list(run), topic.removeprefix(self._prefix), number)
                held[number] = self._onward(bundle, held[number])
                parts.setdefault(number, []).append(bundle)
        self._held = held
        return {number: together(bundles) for number, bundles in parts.items()}

    def _onward(self, bundle: Bundle, positions: Positions) -> dict[str, int]:
        """Where to read on after a bundle; if the client went back, nothing of this poll counts."""
        if not bundle.onward(positions[bundle.topic]):
            self._assign()
            place = f"{bundle.topic}-{bundle.partition}"
            raise LogError(f"{self.group} reads {place}: it went back")
        return following(bundle, positions)

    def _failed(self, error: KafkaError, message: Message) -> None:
        """An error in place of a message: passing, or nothing of this poll counts."""
        if error.fatal() or error.code() not in PASSING:
            self._assign()
            raise self._final(error, f"{message.topic()}-{message.partition()}")

    def _final(self, error: KafkaError, place: str = "") -> LogError:
        said = meaning(error, self._address, f"{self.group} reads {place}".rstrip())
        if isinstance(said, Fenced):
            self._close_all()
        return said

    def _heard(self, error: KafkaError) -> None:
        """librdkafka's error callback: it tells when the last connection is lost, not the end."""
        if error.code() == KafkaError._ALL_BROKERS_DOWN and self._down is None:
            self._down = monotonic()

    def _answering(self, heard: bool, seconds: float) -> None:
        """Find out whether a broker that seemed down is back. Raises Unreachable."""
        if heard:
            self._down = None
        if self._down is None or monotonic() - self._down < PATIENCE - PROBE - seconds:
            return
        try:
            self._consumer.list_topics(timeout=PROBE)
            self._down = None
        except KafkaException as wrong:
            raise Unreachable(str(self._final(error_of(wrong)))) from None

    def _keep(self, call: Callable[..., Any], *given: Any) -> None:
        """Call it inside librdkafka's callback; what it raises comes out of poll()."""
        try:
            call(*given)
        except Exception as wrong:  # any kind: it is raised again
            self._wrong = self._wrong or wrong

    def _close_all(self) -> None:
        held, self._held = self._held, {}
        self._unopened = set()
        for number in held:
            self._closed(number)
