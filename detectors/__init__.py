"""What is unusual: the detectors of the rulebook, by their kind.

A new detector is one file with its settings and its rule, and two lines here; the shared suite
tests/detectors/test_every_detector.py then holds it to what all rules promise.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from detectors.base import Settings
from detectors.drop import DropSettings
from detectors.newcomer import NewcomerSettings
from detectors.records import RecordsSettings
from detectors.river import RiverSettings
from detectors.silence import SilenceSettings

DetectorSettings = Annotated[
    RecordsSettings | DropSettings | NewcomerSettings | SilenceSettings | RiverSettings,
    Field(discriminator="kind"),
]
"""What the rulebook says of one detector."""

DETECTORS: Mapping[str, type[Settings]] = {
    "records": RecordsSettings,
    "drop": DropSettings,
    "newcomer": NewcomerSettings,
    "silence": SilenceSettings,
    "river": RiverSettings,
}
"""Settings by kind; `rule_for(series)` makes the detector of a series."""
