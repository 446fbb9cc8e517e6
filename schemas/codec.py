"""Records and columns to Avro bytes and back.

On the wire a message is its contract's prefix and the Avro body. Without a schema registry the
prefix is Avro single-object encoding, with one it is Confluent's: a zero byte and the schema's id.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import fastavro
import msgspec

from schemas import contracts, records, siblings, states, unsettled
from schemas.reasons import Refusal, Refused

CONFLUENT = b"\x00"
"""First byte of a message framed for a schema registry; four bytes of id, big-endian, follow.
(docs.confluent.io, "Schema Registry wire format".)"""


@cache
def classes() -> Mapping[str, type]:
    """Record name to its class; usage and charge have none, they travel in columns."""
    modules = (records, states, siblings, unsettled)
    found = [one for module in modules for one in vars(module).values()]
    return {c.__name__.lower(): c for c in found if isinstance(c, type) and is_record(c)}


def is_record(found: type) -> bool:
    """Whether a contract is named after the class; the parts of records have none of their own."""
    return found.__name__.lower() in contracts.newest()


def contract_of(record: Any) -> str:
    """The contract in which a record is written: the newest of its kind."""
    return contracts.newest()[type(record).__name__.lower()]


@dataclass(frozen=True, slots=True)
class Codec:
    """Encodes and decodes; `ids` maps contract names to registry ids and is empty without one."""

    ids: Mapping[str, int] = field(default_factory=dict)

    def encode(self, record: Any) -> bytes:
        """The message of a record, in its newest contract."""
        name = contract_of(record)
        out = io.BytesIO()
        out.write(self.prefix(name))
        row = msgspec.to_builtins(record, builtin_types=msgspec_keeps())
        fastavro.schemaless_writer(out, contracts.parsed(name), row)
        return out.getvalue()

    def decode(self, message: bytes) -> Any:
        """The record of a message, whichever version wrote it. Raises Refused."""
        name, start = self.contract(message)
        row = read_row(message[start:], name)
        kind = classes().get(contracts.record_of(name))
        return row if kind is None else msgspec.convert(row, kind)

    def prefix(self, name: str) -> bytes:
        """What stands before the Avro body of a contract."""
        if not self.ids:
            return contracts.prefix(name)
        return CONFLUENT + self.ids[name].to_bytes(4, "big")

    def contract(self, message: bytes) -> tuple[str, int]:
        """Which contract wrote a message and where its body begins. Raises Refused."""
        if message[:1] == CONFLUENT:
            return self.registered(int.from_bytes(message[1:5], "big")), 5
        if message[:2] != contracts.SINGLE_OBJECT:
            raise Refused(Refusal.NOT_AVRO, "neither JSON nor Avro with a known prefix")
        name = contracts.by_prefix().get(message[:10])
        if name is None:
            raise Refused(Refusal.UNKNOWN_SCHEMA, f"fingerprint {message[2:10].hex()}")
        return name, 10

    def registered(self, schema_id: int) -> str:
        """The contract with a registry id. Raises Refused."""
        for name, known in self.ids.items():
            if known == schema_id:
                return name
        raise Refused(Refusal.UNKNOWN_SCHEMA, f"schema id {schema_id}")


@cache
def msgspec_keeps() -> tuple[type, ...]:
    """Types that fastavro writes itself."""
    from datetime import datetime  # noqa: PLC0415 - only named here

    return (datetime, bytes)


def read_row(body: bytes, name: str) -> Any:
    """One Avro body as a dict, read as the newest contract of its record. Raises Refused."""
    newest = contracts.newest()[contracts.record_of(name)]
    reader = None if newest == name else contracts.parsed(newest)
    try:
        return fastavro.schemaless_reader(io.BytesIO(body), contracts.parsed(name), reader)
    except UnicodeDecodeError as wrong:
        raise Refused(Refusal.BAD_TEXT, str(wrong)) from wrong
    except Exception as wrong:  # fastavro raises a dozen kinds on damaged bytes
        raise Refused(Refusal.NOT_AVRO, f"{type(wrong).__name__} in a {name}") from wrong


def write_rows(rows: Sequence[Mapping[str, Any]], name: str) -> list[bytes]:
    """Avro bodies of dicts."""
    bodies = []
    for row in rows:
        out = io.BytesIO()
        fastavro.schemaless_writer(out, contracts.parsed(name), row)
        bodies.append(out.getvalue())
    return bodies
