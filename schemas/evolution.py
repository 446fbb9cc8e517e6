"""May a contract follow another? Settled by writing with the one and reading with the other.

Every branch of the writer is tried: each member of a union, each symbol of an enum, a collection
with something in it and one without. (Avro 1.12 specification, "Schema Resolution".)
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import combinations
from typing import Any

import fastavro

LEAST: Mapping[str, Any] = {
    "null": None, "boolean": True, "int": 1, "long": 2, "float": 0.5, "double": 0.25,
    "bytes": b"bytes", "string": "text",
}  # fmt: skip
"""A value of each primitive type; logical types are written as what they stand for."""


class Rule(StrEnum):
    """What later versions of a record must agree with, in the words of schema registries."""

    FULL = "FULL"
    """Either side may be upgraded first: every version reads every other."""

    BACKWARD_TRANSITIVE = "BACKWARD_TRANSITIVE"
    """A newer program reads whatever any older one wrote."""


def rule_of(record: str) -> Rule:
    """Others produce usage and upgrade when they like; the rest is ours alone."""
    return Rule.FULL if record == "usage" else Rule.BACKWARD_TRANSITIVE


def reads(new: Any, old: Any) -> bool:
    """Whether a reader on `new` understands all that a writer on `old` writes."""
    reader, writer = parsed(new), parsed(old)
    return all(_understood(value, writer, reader) for value in samples(writer))


def broken(versions: Sequence[Any], rule: Rule) -> list[tuple[int, int]]:
    """Pairs (reader, writer) of indices into `versions`, oldest first, that break the rule."""
    pairs = [(new, old) for old, new in combinations(range(len(versions)), 2)]
    if rule is Rule.FULL:
        pairs += [(old, new) for new, old in pairs]
    return [(new, old) for new, old in pairs if not reads(versions[new], versions[old])]


def parsed(schema: Any) -> Any:
    """A schema without its logical types, as fastavro wants it: they change no bytes."""
    return fastavro.parse_schema(_plain(schema))


def _plain(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_plain(member) for member in schema]
    if not isinstance(schema, dict):
        return schema
    hidden = ("logicalType", "__fastavro_parsed__", "__named_schemas__")
    return {
        key: _plain(value) if key in ("type", "items", "values", "fields") else value
        for key, value in schema.items()
        if key not in hidden
    }


def _understood(value: Any, writer: Any, reader: Any) -> bool:
    data = io.BytesIO()
    fastavro.schemaless_writer(data, writer, value)
    data.seek(0)
    try:
        fastavro.schemaless_reader(data, writer, reader)
    except Exception:  # SchemaResolutionError, and what fastavro lets through beside it
        return False
    return True


def samples(schema: Any) -> list[Any]:
    """Values that together take every branch of a parsed schema."""
    return list(_samples(schema, {}))


def _samples(schema: Any, named: dict[str, Any]) -> Iterator[Any]:
    if isinstance(schema, list):
        for member in schema:
            yield from _samples(member, named)
    elif isinstance(schema, str):
        yield from [LEAST[schema]] if schema in LEAST else _samples(named[schema], named)
    else:
        named[schema.get("name", "")] = schema
        yield from _made(schema, named)


def _made(schema: Mapping[str, Any], named: dict[str, Any]) -> Iterator[Any]:
    kind = schema["type"]
    if kind == "record":
        yield from _records(schema["fields"], named)
    elif kind == "array":
        yield from ([], list(_samples(schema["items"], named)))
    elif kind == "map":
        values = _samples(schema["values"], named)
        yield from ({}, {str(number): value for number, value in enumerate(values)})
    elif kind == "enum":
        yield from schema["symbols"]
    elif kind == "fixed":
        yield bytes(schema["size"])
    else:
        yield from _samples(kind, named)


def _records(fields: Sequence[Mapping[str, Any]], named: dict[str, Any]) -> Iterator[Any]:
    """As many records as its richest field has samples; the others repeat theirs."""
    columns = {field["name"]: list(_samples(field["type"], named)) for field in fields}
    for row in range(max(map(len, columns.values()), default=1)):
        yield {name: found[row % len(found)] for name, found in columns.items()}
