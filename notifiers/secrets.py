"""The values behind references, read when they are needed, so that a rotated one is taken up."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from notifiers.base import Refused
from notifiers.references import Reference


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A value that shows in no log and no message."""

    _value: str = field()

    def reveal(self) -> str:
        """The value itself; for the request that needs it, nowhere else."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__


def secret(at: Reference) -> Secret:
    """What a reference stands for, without surrounding space. Raises Refused."""
    try:
        value = os.environ[at.name] if at.source == "env" else Path(at.name).read_text()
    except (KeyError, OSError, UnicodeDecodeError):
        raise Refused("secret_missing") from None
    if not value.strip():
        raise Refused("secret_empty")
    return Secret(value.strip())
