"""A message that tries a place out and says so."""

from datetime import datetime

from notifiers.base import Update
from notifiers.subject import TEST
from schemas.moments import micros
from schemas.records import Evidence, Incident


def sample(place: str, organisation: str, at: datetime, link: str = "") -> Update:
    """What `spendwatch notify test PLACE` shows: nobody can take it for an overrun.

    `at` is the present time; it makes the test's id, so that each test is a message of its own.
    """
    reason = f"Somebody tries the place {place}. Nothing has happened; there is nothing to do."
    return Update(_incident(place, at, reason), delivered=0, organisation=organisation, link=link)


def _incident(place: str, at: datetime, reason: str) -> Incident:
    evidence = Evidence(
        series="organisation:test",
        rule="notify test",
        cause=TEST,
        phase="breach",
        bucket_start=at,
        opened_at=at,
        accrued_nano_usd=0,
        hourly_nano_usd=0,
        observed=0,
        expected=0,
        reason=reason,
    )
    return Incident(
        id=f"test-{micros(at)}",
        revision=1,
        generation=1,
        series=evidence.series,
        owner="this is only a test",
        dimensions={},
        cause=TEST,
        causes=(TEST,),
        severity="info",
        state="firing",
        opened_at=at,
        resolved_at=None,
        updated_at=at,
        accrued_nano_usd=0,
        projected_nano_usd=0,
        hourly_nano_usd=0,
        evidence=(evidence,),
        news="opened",
        places=(place,),
        rulebook="",
    )
