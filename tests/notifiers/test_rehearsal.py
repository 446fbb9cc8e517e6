"""What a replay says would have been shown."""

from notifiers.rehearsal import rehearsed
from schemas.records import Incident, Notice
from tests.notifiers.incident_samples import incident, resolved


def shown(*revisions: Incident) -> list[Notice]:
    """The notices of one place, over the revisions of an incident."""
    record, found = None, []
    for one in revisions:
        record, notice = rehearsed(record, one, "spend-alerts", "acme")
        found += [notice] if notice else []
    return found


def test_what_is_news_is_a_notice_and_growth_is_not() -> None:
    grown = incident(revision=2, accrued_nano_usd=10**15)
    said = shown(incident(), grown, resolved())

    assert [notice.revision for notice in said] == [1, 9]
    assert said[0].text.startswith("SEV2 · search")
    assert said[1].text.startswith("Resolved · search")


def test_what_is_quiet_or_over_before_it_is_shown_makes_no_notice() -> None:
    assert shown(incident(quiet="history"), resolved(quiet="history")) == []
    assert shown(resolved()) == []
