"""What an operator may and may not set of Kafka's clients, and what they tell; no broker needed."""

import subprocess
import sys

import pytest

from streams.kafka import KafkaLog
from streams.kafka_settings import APPENDING, MEMBER, OWNING, READER, Settings, checked
from streams.log import LogError


def test_tls_and_passwords_are_passed_through() -> None:
    given: Settings = {
        "security.protocol": "SASL_SSL",
        "ssl.ca.location": "/etc/ca.pem",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "meter",
        "sasl.password": "s3cret",
        "enable.ssl.certificate.verification": True,
        "ssl.endpoint.identification.algorithm": "https",
        "compression.type": "gzip",
        "client.rack": "a",
    }
    assert checked(given) == given


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("enable.ssl.certificate.verification", False),
        ("enable.ssl.certificate.verification", "false"),
        ("Enable.SSL.Certificate.Verification", " F "),
        ("enable.ssl.certificate.verification", 0),
        ("ssl.endpoint.identification.algorithm", "none"),
        ("ssl.endpoint.identification.algorithm", "NONE"),
        ("isolation.level", "read_uncommitted"),
        ("enable.auto.commit", True),
        ("auto.offset.reset", "latest"),
        ("enable.idempotence", False),
        ("acks", 1),
        ("request.required.acks", 1),
        ("partitioner", "random"),
        ("transactional.id", "mine"),
        ("transaction.timeout.ms", 900_000),
        ("group.protocol", "consumer"),
        ("bootstrap.servers", "elsewhere:9092"),
        ("compression.type", "lz4"),
        ("compression.codec", "zstd"),
    ],
)
def test_what_breaks_exactness_or_switches_a_check_off_is_refused(
    name: str, value: str | int | bool
) -> None:
    with pytest.raises(ValueError, match=name.lower()):
        KafkaLog("127.0.0.1:1", {name: value})


def test_a_refusal_never_shows_the_value() -> None:
    with pytest.raises(ValueError, match="acks") as refusal:
        checked({"acks": "hunter2"})
    assert "hunter2" not in str(refusal.value)


def test_readers_of_every_kind_see_committed_records_only() -> None:
    assert [kind["isolation.level"] for kind in (MEMBER, READER)] == ["read_committed"] * 2


def test_writers_of_every_kind_place_keys_alike_and_wait_for_all_replicas() -> None:
    for kind in (APPENDING, OWNING):
        assert (kind["partitioner"], kind["acks"]) == ("murmur2_random", "all")


def test_a_setting_that_librdkafka_does_not_know_is_told_in_words() -> None:
    with pytest.raises(LogError, match=r"no\.such\.setting"):
        KafkaLog("127.0.0.1:1", {"no.such.setting": "1"}).partitions("usage")


def test_librdkafka_prints_nothing_and_no_password_appears() -> None:
    code = """
import logging, sys
import streams.kafka_admin
from streams.kafka import KafkaLog
from streams.log import Entry, LogError
logging.getLogger("streams.kafka").setLevel(logging.DEBUG)
logging.getLogger("streams.kafka").addHandler(logging.StreamHandler(sys.stdout))
streams.kafka_admin.PATIENCE = 1.5
log = KafkaLog("127.0.0.1:1", {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN",
                               "sasl.username": "meter", "sasl.password": "hunter2",
                               "debug": "security,broker"})
try:
    log.partitions("usage")
except LogError as wrong:
    print(wrong, log)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""
    assert "Kafka at 127.0.0.1:1 does not answer" in done.stdout
    assert "rdkafka#" in done.stdout
    assert "hunter2" not in done.stdout
