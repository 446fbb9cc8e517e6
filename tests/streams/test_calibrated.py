"""How many series a rulebook's detectors share its false alarms among, and the T that follows."""

import pytest

from detectors.calibration import once_in_days
from detectors.records import RecordsSettings
from streams.document import Faulty
from streams.rulebook import Rulebook, read

ACME = """
organisation: acme
owners:
  - {id: retail, level: business_unit}
  - {id: shop, level: service, under: retail}
  - {id: chat, level: application, under: shop}
  - {id: search, level: application, under: shop}
  - {id: search, level: application, under: shop, from: 2026-12-01}
pools:
  - {id: gpus, when: {application: gpus}, driver: calls, members: [chat, search]}
cuts:
  - {name: keys, by: [application, principal], series: 300}
  - {name: models, by: [application, model]}
  - {name: opus, when: {model: "*opus*"}}
detectors:
"""


def book(*detectors: str, head: str = "") -> Rulebook:
    return read(head + ACME + "".join(f"  - {one}\n" for one in detectors))


def records(series: str, more: str = "") -> str:
    return f"{{name: d{len(series + more)}, kind: records, series: [{series}]{more}}}"


@pytest.mark.parametrize(
    ("series", "count"),
    [
        ('"application:*"', 2),
        ('"application:chat"', 1),
        ('"application:*", "service:*", "pool:*"', 4),
        ('"keys:*"', 300),
        ('"keys:chat|*"', 300),
        ('"models:*"', 20),
        ('"opus:*"', 1),
        ('"*"', 4 + 1 + 300 + 20 + 1),
        ('"nothing:*"', 0),
    ],
)
def test_owners_are_counted_by_name_and_cuts_by_what_they_say(series: str, count: int) -> None:
    assert book(records(series)).watched == count


def test_a_series_that_two_detectors_watch_is_counted_once() -> None:
    assert book(records('"application:*"'), records('"application:chat", "keys:*"')).watched == 302


def test_a_detector_without_its_own_gets_t_from_the_false_alarms_that_are_borne() -> None:
    own = ", once_in_days: 50"
    made = book(records('"keys:*"'), records('"pool:*"', own), head="false_alarms_a_month: 10\n")

    shared, alone = made.calibrated

    assert isinstance(shared, RecordsSettings) and isinstance(alone, RecordsSettings)
    assert shared.once_in_days == made.once_in_days == once_in_days(10, 301)
    assert alone.once_in_days == 50


def test_no_false_alarms_at_all_cannot_be_had() -> None:
    with pytest.raises(Faulty, match="false_alarms_a_month"):
        book(records('"keys:*"'), head="false_alarms_a_month: 0\n")
