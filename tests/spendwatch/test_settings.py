"""The environment: every mistake at once, and never a secret."""

from pathlib import Path

import pytest

from spendwatch.failures import Failure
from spendwatch.settings import load


def test_without_variables_everything_is_as_documented() -> None:
    found = load({"PATH": "/bin", "SPENDWATCHER": "x"})
    assert (found.bootstrap_servers, found.usage_partitions, found.host) == ("", 4, "127.0.0.1")
    assert (found.token.get_secret_value(), found.kafka, found.log_format) == ("", {}, "")


def test_variables_are_fields_in_capitals_and_empty_ones_count_as_not_set() -> None:
    found = load({
        "SPENDWATCH_USAGE_PARTITIONS": "12", "SPENDWATCH_PORT": "", "SPENDWATCH_SLOT": "worker-1",
        "SPENDWATCH_REGISTRY_CA": "/etc/ca.pem", "KAFKA_BOOTSTRAP_SERVERS": "one:9092,two:9092",
        "SPENDWATCH_LOG_LEVEL": "debug",
    })  # fmt: skip
    assert (found.usage_partitions, found.port, found.slot) == (12, 8080, "worker-1")
    assert found.registry_ca == Path("/etc/ca.pem")
    assert (found.bootstrap_servers, found.log_level) == ("one:9092,two:9092", "debug")


def test_further_settings_of_kafka_are_spelt_with_points() -> None:
    found = load({"SPENDWATCH_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
                  "SPENDWATCH_KAFKA_SASL_PASSWORD": "hush"})  # fmt: skip
    assert {name: value.get_secret_value() for name, value in found.kafka.items()} == {
        "security.protocol": "SASL_SSL", "sasl.password": "hush",
    }  # fmt: skip
    assert "hush" not in repr(found)


def test_all_mistakes_are_said_at_once_by_the_variables_names() -> None:
    wrong = {
        "SPENDWATCH_PORT": "eighty", "SPENDWATCH_USAGE_PARTITIONS": "0",
        "SPENDWATCH_SLOT": "a b", "SPENDWATCH_LOG_LEVEL": "loud", "SPENDWATCH_COLOUR": "red",
        "SPENDWATCH_REPLICATION": "10",
    }  # fmt: skip
    with pytest.raises(Failure) as said:
        load(wrong)
    assert all(name in said.value.message for name in wrong)
    assert len(said.value.message.split("; ")) == len(wrong)


@pytest.mark.parametrize("name", ["PORT", "TOKENS", "SLOT", "LOG_FORMAT", "USAGE_PARTITIONS"])
def test_a_value_is_never_said(name: str) -> None:
    with pytest.raises(Failure) as said:
        load({f"SPENDWATCH_{name}": "hush hush"})
    assert "hush" not in said.value.message and said.value.__cause__ is None


def test_secrets_are_not_shown() -> None:
    found = load({"SPENDWATCH_TOKEN": "hush", "SPENDWATCH_REGISTRY_PASSWORD": "hush"})
    assert "hush" not in repr(found) and "hush" not in str(found)
    assert found.token.get_secret_value() == "hush"
