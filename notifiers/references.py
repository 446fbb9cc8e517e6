"""Secrets in the rulebook: only ever by reference, `env:NAME` or `file:PATH`."""

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a secret is found: an environment variable or a file. It holds no secret itself."""

    source: str
    """`env` or `file`."""

    name: str

    def __str__(self) -> str:
        return f"{self.source}:{self.name}"


def reference(value: object) -> Reference:
    """The reference that a rulebook spells. Raises ValueError, never with the value in it."""
    if isinstance(value, Reference):
        return value
    source, _, name = value.partition(":") if isinstance(value, str) else ("", "", "")
    if source == "env" and NAME.fullmatch(name):
        return Reference("env", name)
    if source == "file" and name:
        return Reference("file", name)
    raise ValueError("a secret is given by reference: env:NAME or file:PATH")


SecretReference = Annotated[Reference, BeforeValidator(reference), PlainSerializer(str)]
"""A settings field that takes `env:NAME` or `file:PATH` and nothing else."""
