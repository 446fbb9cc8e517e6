"""What differs from place to place: environment variables, nothing else.

Secrets among them are never shown.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from spendwatch.failures import Failure

PREFIX = "SPENDWATCH_"
BOOTSTRAP = "KAFKA_BOOTSTRAP_SERVERS"
"""The one variable without our prefix: every Kafka tool knows it."""

KAFKA = "SPENDWATCH_KAFKA_"
"""SPENDWATCH_KAFKA_SECURITY_PROTOCOL=SASL_SSL is librdkafka's security.protocol."""


class Settings(BaseModel):
    """One process. Variables are the fields' names in capitals with SPENDWATCH_ before."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bootstrap_servers: str = Field(default="", description="Kafka; empty: none")
    kafka: Mapping[str, SecretStr] = Field(default={}, description="further librdkafka settings")
    topic_prefix: str = Field(default="", description="before every topic, group and member")
    usage_partitions: int = Field(default=4, ge=1, le=1024)
    tally_partitions: int = Field(default=4, ge=1, le=1024)
    replication: int = Field(default=3, ge=1, le=9)
    registry_url: str = ""
    registry_user: str = ""
    registry_password: SecretStr = SecretStr("")
    registry_ca: Path | None = None
    slot: str = Field(default="0", pattern=r"^[A-Za-z0-9_.-]+$", description="this worker's name")
    host: str = Field(default="127.0.0.1", description="where the web listens")
    port: int = Field(default=8080, ge=0, le=65535)
    metrics_port: int = Field(default=9100, ge=0, le=65535, description="0: any free one")
    public_url: str = Field(default="", description="how people reach the web, for links")
    token: SecretStr = Field(default=SecretStr(""), description="what POST requests must carry")
    slack_signing_secret: SecretStr = Field(
        default=SecretStr(""), description="what Slack signs button clicks with"
    )
    log_format: str = Field(default="", pattern=r"^(json|console)?$")
    log_level: str = Field(default="info", pattern=r"^(debug|info|warning|error)$")


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of the environment. Raises Failure with every mistake, never with a value."""
    given = dict(os.environ if environment is None else environment)
    values: dict[str, object] = {}
    for name, value in given.items():
        field = name.removeprefix(PREFIX).lower()
        if name.startswith(PREFIX) and not name.startswith(KAFKA) and value != "":
            values[field] = value
    values["kafka"] = {
        name.removeprefix(KAFKA).lower().replace("_", "."): value
        for name, value in given.items()
        if name.startswith(KAFKA)
    }
    if given.get(BOOTSTRAP):
        values["bootstrap_servers"] = given[BOOTSTRAP]
    try:
        return Settings.model_validate(values)
    except ValidationError as wrong:
        found = [f"{PREFIX}{str(e['loc'][0]).upper()}: {e['msg']}" for e in wrong.errors()]
        raise Failure("; ".join(found)) from None
