"""Columns of whole numbers as bytes: read and written at once, whatever their length.

The first byte says how many bytes each number has: 1, 2, 4, 8 or, where 64 bits do not hold one,
16. They follow in order, little-endian, in two's complement. No numbers are no bytes.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from schemas.reasons import Refusal, Refused

WIDTHS = (1, 2, 4, 8)
WIDE = 16


def packed(numbers: Iterable[int] | npt.NDArray[np.int64]) -> bytes:
    """Whole numbers as bytes. Raises OverflowError beyond 128 bits."""
    given = numbers if isinstance(numbers, np.ndarray) else list(numbers)
    try:
        column = np.asarray(given, dtype=np.int64)
    except OverflowError:
        wide = (int(one).to_bytes(WIDE, "little", signed=True) for one in given)
        return bytes([WIDE]) + b"".join(wide)
    if not len(column):
        return b""
    width = _width(int(column.min()), int(column.max()))
    return bytes([width]) + column.astype(f"<i{width}").tobytes()


def _width(least: int, most: int) -> int:
    """How many bytes hold all numbers of a range."""
    return next(one for one in WIDTHS if most < 1 << 8 * one - 1 and least >= -(1 << 8 * one - 1))


def unpacked(data: bytes) -> npt.NDArray[np.int64]:
    """The way back from `packed`; Python's own numbers where 64 bits do not hold one.

    Raises Refused.
    """
    width = data[0] if data else WIDE
    if width not in (*WIDTHS, WIDE) or (len(data) and len(data) % width != 1 % width):
        raise Refused(Refusal.NOT_AVRO, f"{len(data)} bytes are no column of whole numbers")
    if width in WIDTHS:
        return np.frombuffer(data, dtype=f"<i{width}", offset=1).astype(np.int64)
    starts = range(1, len(data), WIDE)
    wide = [int.from_bytes(data[at : at + WIDE], "little", signed=True) for at in starts]
    return np.array(wide, dtype=object if wide else np.int64)
