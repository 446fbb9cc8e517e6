"""How a series is named: its level or cut, a colon, and its values, `keys:chat|key-7`.

Owners' levels are organisation, business_unit, service, application and pool; every other name is
a cut that the rulebook declares. Values are percent-escaped where they hold a sign that separates.
"""

from collections.abc import Iterable
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

ORGANISATION = "organisation"
UNIT = "business_unit"
SERVICE = "service"
APPLICATION = "application"
POOL = "pool"
UNALLOCATED = "unallocated"
DRIVER = "driver"
TREE = (ORGANISATION, UNIT, SERVICE, APPLICATION)
LEVELS = (*TREE, POOL, UNALLOCATED, DRIVER)
"""Names that no cut may take. `unallocated` is a pool's cost without driver quantities; `driver`
carries what the members of a pool did, for split alone."""

UNOWNED = "unowned"
"""The owner of usage that no rule matched."""

ESCAPES = {sign: f"%{ord(sign):02X}" for sign in "%:|/ \t\n\r"}
SIGNS = str.maketrans(ESCAPES)


@lru_cache(maxsize=65536)
def escaped(value: str) -> str:
    """A value without signs that separate."""
    return value.translate(SIGNS)


def unescaped(value: str) -> str:
    """The way back from `escaped`."""
    for sign, code in reversed(list(ESCAPES.items())):
        value = value.replace(code, sign)
    return value


def name(level: str, *values: str) -> str:
    """The series of a level or cut and its values."""
    return f"{level}:{'|'.join(escaped(value) for value in values)}"


@lru_cache(maxsize=65536)
def split(series: str) -> tuple[str, tuple[str, ...]]:
    """Level or cut, and values."""
    level, _, rest = series.partition(":")
    return level, tuple(unescaped(value) for value in rest.split("|"))


def joined(names: Iterable[str]) -> str:
    """Several series as one text: a space is none of their signs."""
    return " ".join(names)


def joined_column(names: pa.StringArray) -> str:
    """The same of a column of texts."""
    whole = pa.ListArray.from_arrays(pa.array([0, len(names)], pa.int32()), names)
    text: str = pc.binary_join(whole, " ")[0].as_py()
    return text


def parted(text: str) -> list[str]:
    """The way back from `joined`."""
    return text.split(" ") if text else []
