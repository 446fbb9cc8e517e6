"""Every record class equals its contract."""

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest

from schemas import contracts, records, states, unsettled
from schemas.codec import classes
from tests.schemas.avro_values import kind_of, named, schema_of

IN_COLUMNS = {"usage", "charge"}
PRIMITIVES = {
    "string": str,
    "bytes": bytes,
    "boolean": bool,
    "int": int,
    "long": int,
    "double": float,
    "timestamp-micros": datetime,
}
NEWEST = sorted(contracts.newest().values())


def differences(hint: Any, schema: Any, known: Mapping[str, Any], at: str) -> list[str]:
    """Where a class's type and a contract's differ, as paths."""
    kind = kind_of(schema)
    if kind in PRIMITIVES:
        return [] if hint is PRIMITIVES[kind] else [f"{at}: {hint} is no {kind}"]
    if kind == "union":
        options = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else ()
        if schema[0] != "null" or type(None) not in options or len(schema) != 2:
            return [f"{at}: {hint} is no {schema}"]
        [other] = [option for option in options if option is not type(None)]
        return differences(other, schema[1], known, at)
    if kind == "array":
        item, *rest = get_args(hint)
        assert get_origin(hint) is tuple, at
        assert rest == [...], at
        return differences(item, schema["items"], known, f"{at}[]")
    if kind == "map":
        assert get_origin(hint) is Mapping, at
        assert get_args(hint)[0] is str, at
        return differences(get_args(hint)[1], schema["values"], known, f"{at}{{}}")
    record = schema if kind == "record" else known[kind]
    return record_differences(hint, record, known, at)


def record_differences(made: type, schema: Any, known: Mapping[str, Any], at: str) -> list[str]:
    hints = get_type_hints(made)
    declared = {field["name"]: field["type"] for field in schema["fields"]}
    found = [f"{at}.{name} is in one of the two" for name in hints.keys() ^ declared.keys()]
    for name in hints.keys() & declared.keys():
        found += differences(hints[name], declared[name], known, f"{at}.{name}")
    return found


def defaults(made: type) -> dict[str, Any]:
    """The fields of a class that have a default."""
    if is_dataclass(made):
        found = {field.name: field.default for field in fields(made)}
        found |= {f.name: f.default_factory() for f in fields(made) if callable(f.default_factory)}
        return {name: value for name, value in found.items() if value is not MISSING}
    return {f.name: f.default for f in msgspec.structs.fields(made) if not f.required}


def test_every_contract_has_a_class_or_travels_in_columns() -> None:
    assert classes().keys() | IN_COLUMNS == contracts.newest().keys()
    assert not classes().keys() & IN_COLUMNS


def test_every_class_of_records_and_states_has_a_contract_or_is_part_of_one() -> None:
    parts = {part for name in NEWEST for part in named(schema_of(name))}
    for module in (records, states, unsettled):
        for value in vars(module).values():
            if isinstance(value, type) and value.__module__ == module.__name__:
                assert value.__name__ in parts


@pytest.mark.parametrize("name", NEWEST)
def test_a_class_has_the_fields_of_its_contract(name: str) -> None:
    record = contracts.record_of(name)
    if record not in IN_COLUMNS:
        schema = schema_of(name)
        assert record_differences(classes()[record], schema, named(schema), record) == []


@pytest.mark.parametrize("name", NEWEST)
def test_what_a_contract_fills_in_the_class_fills_in_alike(name: str) -> None:
    made = classes().get(contracts.record_of(name))
    own = defaults(made) if made else {}
    for field in schema_of(name)["fields"]:
        if "default" in field and field["name"] in own:
            assert own[field["name"]] == field["default"], field["name"]


@pytest.mark.parametrize("name", contracts.names())
def test_a_contract_is_named_after_its_record_and_explains_each_field(name: str) -> None:
    schema = schema_of(name)
    assert schema["name"].lower() == contracts.record_of(name)
    assert schema["namespace"] == "spendwatch"
    assert schema["doc"]
    for record in named(schema).values():
        for field in record["fields"]:
            assert field.get("doc"), f"{record['name']}.{field['name']}"


def test_usage_and_charge_can_be_columns() -> None:
    for record in IN_COLUMNS:
        for field in schema_of(contracts.newest()[record])["fields"]:
            assert kind_of(field["type"]) in {*PRIMITIVES, "record"}


def test_no_two_contracts_look_alike_on_the_wire() -> None:
    assert len(contracts.by_prefix()) == len(contracts.names())
    assert all(len(prefix) == 10 for prefix in contracts.by_prefix())
