"""docker-compose.yml where no Docker is to be had: its form, its commands, its variables."""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from spendwatch import settings
from spendwatch.settings import Settings
from tests.command_lines import parsed

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docker-compose.yml").read_text()
FILE: Mapping[str, Any] = yaml.safe_load(TEXT)
SERVICES: Mapping[str, Any] = FILE["services"]
OURS = sorted(SERVICES.keys() - {"kafka"})
ours = pytest.mark.parametrize("service", OURS)
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_it_is_a_compose_file() -> None:
    """By the compose specification's own schema; tests/data/README.md says where it is from."""
    schema = json.loads((ROOT / "tests" / "data" / "compose-spec.json").read_text())
    jsonschema.Draft7Validator(schema).validate(FILE)


def test_there_is_one_process_of_each_kind() -> None:
    assert [SERVICES[name]["command"] for name in ("meter", "watch", "deliver", "web")] == [
        ["run", name] for name in ("meter", "watch", "deliver", "web")
    ]
    assert SERVICES["rulebook"]["command"][:2] == ["rulebook", "publish"]


@ours
def test_its_command_is_one_of_ours(service: str) -> None:
    assert parsed(SERVICES[service]["command"]).command is not None


@ours
def test_its_variables_are_settings_or_secrets_of_the_rulebook(service: str) -> None:
    secrets = re.findall(r"env:([A-Z0-9_]+)", (ROOT / "rulebook.yaml").read_text())
    for name in SERVICES[service]["environment"]:
        field = name.removeprefix(settings.PREFIX).lower()
        assert name == settings.BOOTSTRAP or field in Settings.model_fields or name in secrets


@ours
def test_its_values_are_taken(service: str) -> None:
    given = {name: plain(value) for name, value in SERVICES[service]["environment"].items()}
    loaded = settings.load(given)
    assert loaded.bootstrap_servers == "kafka:9092"
    assert loaded.replication == 1


def plain(value: str) -> str:
    """A value with its variables filled in."""
    return re.sub(r"\$\{\w+(:[-?][^}]*)?\}", "secret", value)


@ours
def test_it_waits_for_what_it_needs_and_comes_back(service: str) -> None:
    held = SERVICES[service]
    assert held["depends_on"]["kafka"] == {"condition": "service_healthy"}
    assert held["restart"] in ("unless-stopped", "on-failure")
    if service != "rulebook":
        assert held["depends_on"]["rulebook"] == {"condition": "service_completed_successfully"}
        assert "/healthz" in held["healthcheck"]["test"][-1]


def test_its_files_are_there() -> None:
    for volume in SERVICES["rulebook"]["volumes"]:
        assert (ROOT / volume.partition(":")[0]).is_file()


def test_kafka_is_the_one_that_the_tests_run_on() -> None:
    pom = (ROOT / "tests" / "kafka" / "pom.xml").read_text()
    versions = re.findall(r"<artifactId>kafka\S*</artifactId>\s*<version>([\d.]+)</version>", pom)
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{versions[-1]}"


def test_kafka_keeps_what_it_was_given() -> None:
    [volume] = SERVICES["kafka"]["volumes"]
    name, _, path = volume.partition(":")
    assert name in FILE["volumes"]
    assert SERVICES["kafka"]["environment"]["KAFKA_LOG_DIRS"] == path


def test_only_the_page_is_published_and_only_to_this_machine() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert published == ["127.0.0.1:8080:8080"]


def test_the_image_is_made_of_files_that_are_there() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE):
        for name in line.split()[:-1]:
            assert (ROOT / name).exists()
            assert f"!{name}" in ignored


def test_the_image_holds_every_package_and_runs_as_nobody_in_particular() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for package in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]:
        assert f"COPY {package} {package}\n" in DOCKERFILE
    assert re.search(r"^USER \d+$", DOCKERFILE, re.MULTILINE)
    assert DOCKERFILE.index("USER 10001") < DOCKERFILE.index('ENTRYPOINT ["spendwatch"]')
