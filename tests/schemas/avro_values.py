"""Values of a contract: its examples as rows, and any row that it allows."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from hypothesis import strategies as st

from schemas import contracts

LONGS = st.integers(-(2**63), 2**63 - 1)
ANY: Mapping[str, st.SearchStrategy[Any]] = {
    "null": st.none(),
    "string": st.text(),
    "bytes": st.binary(),
    "boolean": st.booleans(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": LONGS,
    "double": st.floats(allow_nan=False),
    "timestamp-micros": st.datetimes(timezones=st.just(UTC)),
}

TEXTS: Mapping[str, Callable[[str], Any]] = {
    "timestamp-micros": datetime.fromisoformat,
    "bytes": base64.b64decode,
}
"""What JSON holds as texts."""


def schema_of(name: str) -> Any:
    """A contract as its file has it, without fastavro's marks."""
    return json.loads(contracts.text(name))


def kind_of(schema: Any) -> str:
    """`record`, `array`, `map`, `union`, `timestamp-micros`, a primitive or a name."""
    if isinstance(schema, list):
        return "union"
    if isinstance(schema, str):
        return schema
    return str(schema.get("logicalType", schema["type"]))


def named(schema: Any, known: dict[str, Any] | None = None) -> dict[str, Any]:
    """The records within a schema, by their names."""
    found = {} if known is None else known
    if isinstance(schema, list):
        for member in schema:
            named(member, found)
    elif isinstance(schema, dict):
        if schema["type"] == "record":
            found[schema["name"]] = schema
        for part in ("items", "values", "type"):
            named(schema.get(part), found)
        for field in schema.get("fields", ()):
            named(field["type"], found)
    return found


def rows(schema: Any, known: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Any value that a schema allows."""
    kind = kind_of(schema)
    if kind == "union":
        return st.one_of([rows(member, known) for member in schema])
    if kind == "array":
        return st.lists(rows(schema["items"], known), max_size=3)
    if kind == "map":
        return st.dictionaries(st.text(), rows(schema["values"], known), max_size=3)
    if kind == "record":
        fields = {field["name"]: rows(field["type"], known) for field in schema["fields"]}
        return st.fixed_dictionaries(fields)
    return ANY[kind] if kind in ANY else rows(known[kind], known)


def rows_of(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Any row of a contract."""
    schema = schema_of(name)
    return rows(schema, named(schema))


def example(name: str) -> str:
    """The example of a contract, JSON."""
    return files("schemas").joinpath(f"examples/{name}.json").read_text(encoding="utf-8")


def example_row(name: str) -> Any:
    """The example of a contract as Avro writes it."""
    schema = schema_of(name)
    return typed(json.loads(example(name)), schema, named(schema))


def typed(value: Any, schema: Any, known: Mapping[str, Any]) -> Any:
    """JSON as the values of a schema."""
    kind = kind_of(schema)
    if kind in TEXTS:
        return TEXTS[kind](value)
    if kind == "array":
        return [typed(item, schema["items"], known) for item in value]
    if kind == "map":
        return {key: typed(item, schema["values"], known) for key, item in value.items()}
    if kind == "union":
        return None if value is None else typed(value, schema[1], known)
    if kind == "record":
        types = {field["name"]: field["type"] for field in schema["fields"]}
        assert value.keys() == types.keys(), value.keys() ^ types.keys()
        return {key: typed(item, types[key], known) for key, item in value.items()}
    return typed(value, known[kind], known) if kind in known else value
