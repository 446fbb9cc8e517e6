"""How Faust reaches Kafka: the operator's librdkafka settings in the words of faust and aiokafka.

(librdkafka's CONFIGURATION.md; Faust's guide, "Configuration Reference", broker_credentials.)
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

import faust
from faust.types.auth import CredentialsT
from yarl import URL

MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
UNKNOWN = ("ssl.ca.pem", "ssl.certificate.pem", "ssl.key.pem", "ssl.keystore.location")
"""Settings for which aiokafka has no counterpart that is worth its code: files do the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A Kafka cluster and who we are on it; `settings` are librdkafka's, checked already."""

    bootstrap: str
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    prefix: str = ""
    """Stands before every topic, group and member."""

    slot: str = "0"
    """The name of this worker, so that a restart takes its own place."""

    @property
    def member(self) -> str:
        """Group and member: each web is a group of its own, for each shows everything."""
        return f"{self.prefix}web-{self.slot}"

    @property
    def brokers(self) -> list[URL]:
        """The servers as Faust wants them."""
        return [URL(f"kafka://{server.strip()}") for server in self.bootstrap.split(",")]

    def credentials(self) -> CredentialsT | None:
        """What Faust shows to the broker; None for plain text. Raises ValueError without a value.

        Certificates and the broker's name are verified wherever TLS is on.
        """
        given = {name.strip().lower(): str(value) for name, value in self.settings.items()}
        for name in UNKNOWN:
            if given.get(name):
                raise ValueError(f"Kafka setting {name}: the web takes files, no text")
        protocol = given.get("security.protocol", "plaintext").lower()
        context = _context(given) if protocol in ("ssl", "sasl_ssl") else None
        if protocol in ("sasl_plaintext", "sasl_ssl"):
            return _sasl(given, context)
        return None if context is None else faust.SSLCredentials(context)


def _sasl(given: Mapping[str, str], context: ssl.SSLContext | None) -> faust.SASLCredentials:
    mechanism = given.get("sasl.mechanism") or given.get("sasl.mechanisms", "")
    if mechanism.upper() not in MECHANISMS:
        raise ValueError(f"Kafka setting sasl.mechanism: the web knows {', '.join(MECHANISMS)}")
    return faust.SASLCredentials(
        username=given.get("sasl.username", ""),
        password=given.get("sasl.password", ""),
        mechanism=mechanism.upper(),
        ssl_context=context,
    )


def _context(given: Mapping[str, str]) -> ssl.SSLContext:
    """TLS by the operator's files, else by the system's authorities. Raises ValueError."""
    authorities = given.get("ssl.ca.location", "")
    try:
        context = ssl.create_default_context(
            cafile=authorities if authorities not in ("", "probe") else None
        )
        if certificate := given.get("ssl.certificate.location"):
            password = given.get("ssl.key.password")
            context.load_cert_chain(certificate, given.get("ssl.key.location"), password)
    except OSError as wrong:  # ssl.SSLError is one
        raise ValueError(f"Kafka's TLS files: {wrong.strerror or 'they can not be read'}") from None
    return context
