"""An explanation as one JSON object: money in integer nano-dollars, fractions as `a/b`."""

import json
from dataclasses import asdict
from fractions import Fraction
from typing import Any

from spendwatch import lines
from spendwatch.explaining.charges import Charged, Uncharged
from spendwatch.explaining.incidents import Explained


def written(found: Charged | Uncharged | Explained) -> str:
    """The object."""
    held = asdict(found)
    if isinstance(found, Charged):
        held["agrees"] = found.agrees
    return json.dumps(held, default=_plain, ensure_ascii=False)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Fraction) else lines.plain(value)
