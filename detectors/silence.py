"""Silence: a series that should speak every so often has gone mute.

Money says nothing here: a pipeline that stopped costs nothing, and neither does one whose usage is
no longer reported. Only a series that has spoken can go silent.
"""

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from detectors.base import Detector, Settings, clock
from schemas.ends import Ends
from schemas.moments import DAY_MINUTES, HOUR_MINUTES
from schemas.rules import NEVER, Memory, Past, Verdict
from schemas.states import Bucket
from schemas.wording import span

UNITS = {"m": 1, "h": HOUR_MINUTES, "d": DAY_MINUTES}
EVERY = re.compile(r"every ([1-9]\d{0,5})([mhd])")

HEARD = Verdict(False, 1, 0, 0, 0, 0, "usage as expected")


def minutes(text: object) -> object:
    """The minutes of `every 5m`, `every 2h` or `every 1d`. Raises ValueError on other text."""
    if not isinstance(text, str):
        return text
    found = EVERY.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is not like `every 5m`, `every 2h` or `every 1d`")
    return int(found[1]) * UNITS[found[2]]


class SilenceSettings(Settings):
    """Finds series that have been mute for longer than `expect` allows."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    kind: Literal["silence"] = "silence"
    expect_every_minutes: Annotated[
        int, BeforeValidator(minutes), Field(alias="expect", ge=1, le=28 * DAY_MINUTES)
    ]

    def rule(self, series: str) -> "Silence":
        """The same for every series."""
        return Silence(name=self.name, expect=self.expect_every_minutes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence(Detector):
    """The detector; `expect` in minutes. It remembers nothing: watch knows who spoke last."""

    cause: str = "silence"
    ends: Ends = Ends.SPOKE
    guards: bool = False
    idles: bool = False
    patience: int = NEVER
    expect: int

    def verdict(self, memory: Memory, past: Past, bucket: Bucket) -> Verdict:
        """A breach when the last charge is too long ago; never before the first one."""
        mute = past.at - past.last
        if mute < self.expect or past.last < past.first:
            return HEARD
        heard = clock(past.last, past.at)
        reason = f"no usage since {heard}; expected every {span(self.expect)}"
        return Verdict(True, mute, 0, 0, 0, 0, reason)
