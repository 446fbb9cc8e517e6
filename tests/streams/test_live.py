"""The Faust application without a broker: how it reaches Kafka, what it takes, when it gives up."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, cast

import faust
import pytest
from aiohttp import web

from schemas.topics import widths
from streams.embedded import EmbeddedLog
from streams.live import Following, Stopped, build, record_of
from streams.live_access import Cluster
from streams.live_consumer import LiveApp, LiveConsumer, kept
from streams.log import Entry, Record
from streams.views import TOPICS, Views
from streams.views_host import Hosted
from tests.streams.views_kit import CODEC, allocation, standing


class Fetched(NamedTuple):
    """A record as aiokafka hands it out, as far as it is looked at."""

    topic: str
    key: bytes | None
    offset: int


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    log = EmbeddedLog(tmp_path / "log.db", widths(1, 1), lambda: 0)
    yield Hosted(
        views=Views(CODEC),
        log=log,
        codec=CODEC,
        clock=lambda: 0,
        application=web.Application(),
        host="127.0.0.1",
        port=0,
    )
    log.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate and its key in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make a certificate with")
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-subj", "/CN=kafka", "-keyout", "-", "-days", "2"],
        capture_output=True,
        check=True,
    )  # fmt: skip
    file.write_bytes(made.stdout)
    return file


def cluster(**settings: str) -> Cluster:
    named = {name.replace("_", "."): value for name, value in settings.items()}
    return Cluster(bootstrap="k1:9092,k2:9093", settings=named, prefix="acme-", slot="b")


def test_plain_text_needs_no_credentials() -> None:
    assert cluster().credentials() is None
    assert [str(one) for one in cluster().brokers] == ["kafka://k1:9092", "kafka://k2:9093"]
    assert cluster().member == "acme-web-b"


def test_tls_verifies_certificates_and_names(certificate: Path) -> None:
    shown = cluster(security_protocol="SSL", ssl_ca_location=str(certificate)).credentials()
    assert isinstance(shown, faust.SSLCredentials)
    assert shown.context.verify_mode is ssl.CERT_REQUIRED
    assert shown.context.check_hostname
    assert len(shown.context.get_ca_certs()) == 1


def test_our_own_certificate_is_shown_where_there_is_one(certificate: Path) -> None:
    ours = {"ssl_certificate_location": str(certificate), "ssl_key_location": str(certificate)}
    assert cluster(security_protocol="ssl", ssl_ca_location="probe", **ours).credentials()


@pytest.mark.parametrize("named", ["sasl_mechanism", "sasl_mechanisms"])
def test_sasl_speaks_scram_over_tls_and_hides_the_password(named: str) -> None:
    given = {named: "SCRAM-SHA-512", "sasl_username": "spendwatch", "sasl_password": "s3cret"}
    found = cluster(security_protocol="SASL_SSL", **given)
    shown = found.credentials()
    assert isinstance(shown, faust.SASLCredentials)
    assert (shown.username, shown.password) == ("spendwatch", "s3cret")
    assert (str(shown.mechanism.value), str(shown.protocol.value)) == ("SCRAM-SHA-512", "SASL_SSL")
    assert shown.ssl_context is not None
    assert shown.ssl_context.verify_mode is ssl.CERT_REQUIRED
    assert "s3cret" not in repr(found) + repr(shown)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"security_protocol": "sasl_ssl", "sasl_mechanism": "GSSAPI"}, "sasl.mechanism"),
        ({"security_protocol": "sasl_plaintext"}, "sasl.mechanism"),
        ({"security_protocol": "ssl", "ssl_ca_pem": "-----BEGIN s3cret"}, "ssl.ca.pem"),
        ({"security_protocol": "ssl", "ssl_ca_location": "/no/such/file"}, "TLS files"),
    ],
)
def test_what_the_web_cannot_do_is_refused_without_a_value(
    settings: dict[str, str], message: str
) -> None:
    with pytest.raises(ValueError, match=message) as refused:
        cluster(**settings).credentials()
    assert "s3cret" not in str(refused.value)


async def test_the_application_reads_only_and_is_a_group_of_its_own(
    hosted: Hosted, tmp_path: Path
) -> None:
    app = build(hosted, cluster(), str(tmp_path))
    assert app.conf.id == "acme-web-b"
    assert app.conf.consumer_group_instance_id == "acme-web-b"
    assert app.transport.Consumer is LiveConsumer
    assert not app.boot_strategy.enable_kafka_producer
    [agent] = app.agents.values()
    assert set(agent.get_topic_names()) == {f"acme-{name}" for name in TOPICS}
    assert not cast(Any, agent.channel).acks


def test_of_one_fetch_the_newest_of_each_key_that_is_wanted_is_taken() -> None:
    state = [
        Fetched("acme-watch-state", b"block application:chat minute 7", 0),
        Fetched("acme-watch-state", b"position", 1),
        Fetched("acme-watch-state", b"block application:chat minute 7", 2),
        Fetched("acme-watch-state", b"clock", 3),
    ]
    refused = [Fetched("acme-rejected", None, 0), Fetched("acme-rejected", None, 1)]
    assert [one.offset for one in kept("acme-watch-state", state)] == [2, 3]
    assert kept("acme-rejected", refused) == refused


@dataclass
class Message:
    """A message of Faust's, as far as it is looked at."""

    topic: str = "acme-allocation"
    partition: int = 1
    offset: int = 4
    key: bytes = b"application:chat"
    value: bytes | None = None
    timestamp: float = 1762180200.123


async def test_a_message_is_a_record_of_our_topic(hosted: Hosted, tmp_path: Path) -> None:
    app = build(hosted, cluster(), str(tmp_path))
    found = record_of(app, cast(Any, Message()))
    assert found == Record("allocation", 1, 4, b"application:chat", None, 1762180200123000)


@dataclass
class Crashing:
    """An application that tells why it was ended."""

    reasons: list[Exception] = field(default_factory=list)

    async def crash(self, reason: Exception) -> None:
        self.reasons.append(reason)


async def test_views_that_no_longer_follow_end_the_process(hosted: Hosted) -> None:
    app = Crashing()
    following = Following(hosted, cast(LiveApp, app))
    hosted.log.append([standing(allocation()), Entry("watch-state", b"position", b"x")])
    await following.restored()
    await following.check()
    hosted.log.append([standing(allocation(cost=2))])
    await following.check()
    assert app.reasons == []
    await following.check()
    assert isinstance(app.reasons[0], Stopped)


async def test_views_that_are_late_but_follow_are_left_alone(hosted: Hosted) -> None:
    app = Crashing()
    following = Following(hosted, cast(LiveApp, app))
    await following.restored()
    for cost in range(4):
        hosted.log.append([standing(allocation(cost=cost))])
        await following.check()
        [*_, latest] = hosted.log.read("allocation", 0)
        hosted.views.take(latest)
    assert app.reasons == []
