"""Who may import whom: pyproject.toml says it and `make imports` checks it; are its lists whole?"""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any, get_args

import grimp
import pytest
from grimp import ImportGraph

from detectors import DETECTORS
from notifiers import PlaceSettings
from policies import PolicySettings
from tests.import_homes import found, read
from tests.import_kinds import acquainted, kinds

ROOT = Path(__file__).parents[1]
FILE = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT, SETTINGS = FILE["project"], FILE["tool"]["importlinter"]
CONTRACTS: dict[str, Any] = {one["name"]: one for one in SETTINGS["contracts"]}
CORE = CONTRACTS["The core does no I/O, not even through our own modules"]
UNIMPORTED = {"aiokafka", "tzdata"}
"""Kafka under faust, pinned because we lean on its names; zones that zoneinfo finds by itself."""

CLIENTS = {"notifiers.outbound", "notifiers.secrets", "notifiers.slack.client"}
"""The modules of notifiers that reach out; everything else decides and renders."""


@pytest.fixture(scope="module")
def graph() -> ImportGraph:
    return grimp.build_graph(*SETTINGS["root_packages"], include_external_packages=True)


def union(annotated: Any) -> set[type]:
    """The settings of a rulebook's union, those of nested unions too."""
    found: set[type] = set()
    for member in get_args(get_args(annotated)[0]):
        found |= {member} if isinstance(member, type) else union(member)
    return found


def test_every_detector_and_every_policy_is_held_apart(graph: ImportGraph) -> None:
    detectors = {settings.__module__ for settings in DETECTORS.values()}
    policies = {settings.__module__ for settings in union(PolicySettings)}

    assert set(kinds(graph, "detectors")) == detectors
    assert set(kinds(graph, "policies")) == policies
    assert CONTRACTS["Detectors do not know each other, nor do policies"]["packages"] == [
        "detectors", "policies",
    ]  # fmt: skip


def test_a_kind_that_knows_another_through_a_third_module_is_named() -> None:
    small = ImportGraph()
    for importer, imported in (
        ("kinds", "kinds.one"),
        ("kinds", "kinds.other"),
        ("kinds", "kinds.base"),
        ("kinds.one", "kinds.base"),
        ("kinds.one", "kinds.common"),
        ("kinds.common", "kinds.other"),
    ):
        small.add_import(importer=importer, imported=imported)

    assert acquainted(small, "kinds") == [("kinds.one", "kinds.other")]


def test_every_place_is_held_apart() -> None:
    listed = set(CONTRACTS["Places do not know each other"]["modules"])
    assert listed == {settings.__module__.rpartition(".")[0] for settings in union(PlaceSettings)}


def test_only_clients_reach_out(graph: ImportGraph) -> None:
    reaching = {
        module
        for module in graph.find_descendants("notifiers")
        for outside in CORE["forbidden_modules"]
        if outside in graph.modules
        and graph.direct_import_exists(importer=module, imported=outside)
    }
    assert reaching == CLIENTS


def test_every_step_is_of_the_core() -> None:
    assert {"streams.pipeline", "streams.steps", "streams.walk"} <= set(CORE["source_modules"])


def test_a_library_outside_of_its_home_is_named() -> None:
    small = ImportGraph()
    for importer, library in (
        ("streams.kafka_reader", "confluent_kafka"),
        ("spendwatch.cli", "confluent_kafka"),
        ("streams.kafka_reader", "time"),
        ("streams.steps", "requests"),
        ("streams.steps", "schemas"),
    ):
        small.add_import(importer=importer, imported=library)
    homes = read(["confluent_kafka: streams.kafka*"])

    assert found(small, ["streams", "spendwatch", "schemas"], homes) == [
        ("spendwatch.cli", "confluent_kafka"),
        ("streams.steps", "requests"),
    ]


def test_a_way_through_our_own_modules_counts() -> None:
    """The linter follows it because of libraries it knows only the name."""
    assert "allow_indirect_imports" not in CORE


def test_what_is_imported_is_declared_and_what_is_declared_is_imported(graph: ImportGraph) -> None:
    ours = {*SETTINGS["root_packages"], *sys.stdlib_module_names}
    imported = {module for module in graph.modules if module.partition(".")[0] not in ours}
    shipped = packages_distributions()
    distributions = {canonical(shipped[library][0]) for library in imported}
    declared = {canonical(re.split(r"[^\w.-]", one)[0]) for one in PROJECT["dependencies"]}
    assert distributions - declared == set()
    assert declared - distributions <= UNIMPORTED


def canonical(name: str) -> str:
    """A distribution's name as indexes compare it (PyPA, "Name normalization")."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_no_library_brings_its_own_imports_into_the_graph(graph: ImportGraph) -> None:
    ours = set(SETTINGS["root_packages"])
    for module in graph.modules:
        if module.partition(".")[0] not in ours:
            assert not graph.find_modules_directly_imported_by(module)
