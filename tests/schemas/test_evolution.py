"""Which contract may follow which."""

import json
from itertools import groupby
from typing import Any

import pytest

from schemas import contracts, evolution
from schemas.evolution import Rule, broken, reads, rule_of, samples

A = {"name": "a", "type": "long"}


def record(*fields: dict[str, Any]) -> Any:
    return {"type": "record", "name": "R", "fields": list(fields)}


def field(name: str, kind: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, **more}


def symbols(*names: str, **more: Any) -> Any:
    return {"type": "enum", "name": "E", "symbols": list(names), **more}


CHANGES = [
    ("a field with a default is added", record(A, field("b", "long", default=0)), record(A), True),
    ("a field without a default is added", record(A, field("b", "long")), record(A), False),
    ("a field is dropped", record(A), record(A, field("b", "long")), True),
    ("float becomes double", record(field("a", "double")), record(field("a", "float")), True),
    ("string becomes long", record(field("a", "long")), record(field("a", "string")), False),
    ("a field is renamed", record(field("b", "long")), record(A), False),
    ("a field is renamed with an alias", record(field("b", "long", aliases=["a"])),
     record(A), True),
    ("null leaves a union", record(A), record(field("a", ["null", "long"])), False),
    ("null joins a union", record(field("a", ["null", "long"])), record(A), True),
    ("long becomes int", record(field("a", "int")), record(A), False),
    ("a symbol is added", symbols("x", "y"), symbols("x"), True),
    ("a symbol is dropped", symbols("x"), symbols("x", "y"), False),
    ("a time becomes a plain long", record(A),
     record(field("a", {"type": "long", "logicalType": "timestamp-micros"})), True),
]  # fmt: skip


@pytest.mark.parametrize(("change", "new", "old", "verdict"), CHANGES)
def test_a_change_is_judged_as_registries_judge_it(
    change: str, new: Any, old: Any, verdict: bool
) -> None:
    assert reads(new, old) is verdict, change


@pytest.mark.parametrize("name", contracts.names())
def test_a_contract_reads_itself(name: str) -> None:
    assert reads(contracts.parsed(name), json.loads(contracts.text(name)))


@pytest.mark.parametrize("name", contracts.names())
def test_samples_take_every_branch_of_a_contract(name: str) -> None:
    found = samples(evolution.parsed(contracts.parsed(name)))
    for one in json.loads(contracts.text(name))["fields"]:
        if isinstance(one["type"], list):
            values = [sample[one["name"]] for sample in found]
            assert None in values
            assert any(value is not None for value in values)


@pytest.mark.parametrize(
    ("record_name", "versions"),
    [(name, list(group)) for name, group in groupby(contracts.names(), contracts.record_of)],
)
def test_the_versions_of_a_record_keep_to_its_rule(record_name: str, versions: list[str]) -> None:
    assert [contracts.version_of(name) for name in versions] == list(range(1, len(versions) + 1))
    assert broken([contracts.parsed(name) for name in versions], rule_of(record_name)) == []


def test_usage_is_read_both_ways_because_others_write_it() -> None:
    assert rule_of("usage") is Rule.FULL
    assert {rule_of(name) for name in contracts.newest() if name != "usage"} == {
        Rule.BACKWARD_TRANSITIVE
    }


def test_a_dropped_field_without_a_default_breaks_only_who_reads_both_ways() -> None:
    first, second = record(A, field("b", "long")), record(A)
    assert broken([first, second], Rule.BACKWARD_TRANSITIVE) == []
    assert broken([first, second], Rule.FULL) == [(0, 1)]


def test_the_oldest_version_counts_as_much_as_the_one_before() -> None:
    first = record(A)
    second = record(A, field("b", "long", default=0))
    third = record(A, field("b", "long"))
    assert broken([first, second, third], Rule.BACKWARD_TRANSITIVE) == [(2, 0)]
