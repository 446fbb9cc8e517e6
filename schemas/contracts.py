"""The Avro contracts as files: which exist, how they are told apart on the wire.

A contract is named `<record>.v<version>`, as its file is. Released files are never edited.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import fastavro
from fastavro.schema import fingerprint

ROOT = files("schemas").joinpath("avro")
SINGLE_OBJECT = b"\xc3\x01"
"""Marks Avro single-object encoding; eight bytes of schema fingerprint follow.
(Avro 1.12 specification, "Single-object encoding".)"""


@cache
def names() -> tuple[str, ...]:
    """All contracts, oldest version of each record first."""
    found = [entry.name.removesuffix(".avsc") for entry in ROOT.iterdir()]
    return tuple(sorted(found, key=lambda name: (record_of(name), version_of(name))))


def record_of(name: str) -> str:
    """`usage` of `usage.v1`."""
    return name.rpartition(".v")[0]


def version_of(name: str) -> int:
    """1 of `usage.v1`."""
    return int(name.rpartition(".v")[2])


@cache
def newest() -> Mapping[str, str]:
    """Record to its newest contract: the one we write."""
    return {record_of(name): name for name in names()}


@cache
def text(name: str) -> str:
    """The contract's file as it stands."""
    return ROOT.joinpath(f"{name}.avsc").read_text()


@cache
def parsed(name: str) -> Any:
    """The contract as fastavro wants it."""
    return fastavro.parse_schema(json.loads(text(name)))


@cache
def prefix(name: str) -> bytes:
    """The ten bytes that precede a message of this contract in single-object encoding."""
    digest = fingerprint(fastavro.schema.to_parsing_canonical_form(parsed(name)), "CRC-64-AVRO")
    return SINGLE_OBJECT + bytes.fromhex(digest)


@cache
def by_prefix() -> Mapping[bytes, str]:
    """The way back from `prefix`."""
    return {prefix(name): name for name in names()}
