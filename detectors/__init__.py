"""What is unusual: the detectors of the rulebook, by their kind.

A new detector is one file with its settings and its rule, and two lines here: its import and its
place in KINDS. The shared suite tests/detectors/test_every_detector.py then holds it to what all
rules promise, and the imports are held to their independence.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field

from detectors.base import Settings
from detectors.drop import DropSettings
from detectors.newcomer import NewcomerSettings
from detectors.records import RecordsSettings
from detectors.river import RiverSettings
from detectors.runaway import RunawaySettings
from detectors.silence import SilenceSettings
from detectors.unit_cost import UnitCostSettings

KINDS: tuple[type[Settings], ...] = (
    RecordsSettings,
    RunawaySettings,
    DropSettings,
    NewcomerSettings,
    SilenceSettings,
    UnitCostSettings,
    RiverSettings,
)

DETECTORS: Mapping[str, type[Settings]] = {one.model_fields["kind"].default: one for one in KINDS}
"""Settings by kind; `rule_for(series)` makes the detector of a series."""

if TYPE_CHECKING:
    DetectorSettings = Settings
else:
    DetectorSettings = Annotated[Union[KINDS], Field(discriminator="kind")]  # noqa: UP007
    """What the rulebook says of one detector."""
