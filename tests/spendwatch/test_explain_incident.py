"""`spendwatch explain inc_...`: why it fired, what the minutes cost, who was told."""

from datetime import timedelta
from pathlib import Path

from schemas.moments import micros
from schemas.money import dollars
from schemas.records import Clock, Incident
from schemas.rules import Grain
from spendwatch import incidents
from spendwatch.explaining.incidents import explain
from spendwatch.logbook import Logbook
from streams.log import Entry
from tests.spendwatch.first_day_kit import BURST, CODEC, END, Steps, Terminal, opened, told


def incident_of(file: Path, series: str) -> Incident:
    log = opened(file)
    [found] = [
        one for one in incidents.known(Logbook(log, CODEC, "")).values() if one.series == series
    ]
    log.close()
    return found


def test_an_incident_says_why_it_fired_and_what_its_minutes_cost(first_day: Path) -> None:
    incident = incident_of(first_day, "application:chat")
    log = opened(first_day)
    found = explain(Logbook(log, CODEC, ""), incident.id)
    log.close()
    assert found.incident == incident
    assert {one.rule for one in found.findings} == {"burst", "rail"}
    assert {"breach", "calm"} <= {one.phase for one in found.findings}
    burning = [cost for cost in found.costs if cost.nano_usd >= 10**9]
    assert burning[0].start == BURST and len(burning) == 10
    assert all(cost.usual_nano_usd is not None for cost in found.costs)
    assert all(cost.learnt_nano_usd < cost.nano_usd for cost in burning)
    quiet = [cost for cost in found.costs if cost.start < BURST]
    assert all(cost.learnt_nano_usd == cost.nano_usd for cost in quiet)


def test_hours_stand_in_for_minutes_that_are_not_kept(first_day: Path) -> None:
    incident = incident_of(first_day, "application:chat")
    later = END + timedelta(days=3)
    log = opened(first_day, micros(later))
    log.append([Entry("usage", None, CODEC.encode(Clock(time=later)), 0)])
    steps = Steps(log, now=micros(later))
    steps.turn()
    steps.leave()
    found = explain(Logbook(log, CODEC, ""), incident.id)
    log.close()
    assert {cost.grain for cost in found.costs} == {Grain.HOUR}
    [dear] = [cost for cost in found.costs if cost.nano_usd > 10**10]
    assert dear.start == BURST


def test_who_was_told_stands_in_the_explanation(first_day: Path, spendwatch: Terminal) -> None:
    incident = incident_of(first_day, "application:chat")
    told(first_day, incident.id)
    [found] = spendwatch("explain", incident.id, "--embedded", first_day, "--json").objects
    assert [one["place"] for one in found["deliveries"]] == ["terminal"]
    assert [one["text"] for one in found["notices"]] == ["Something costs much"]
    shown = spendwatch("explain", incident.id, "--embedded", first_day).out
    assert "channel here" in shown
    assert incident.quiet == "summed_up" and "one summary told of it" in shown


def test_the_beginning_of_an_id_is_enough_where_it_is_clear(
    first_day: Path, spendwatch: Terminal
) -> None:
    incident = incident_of(first_day, "application:agent")
    assert incident.id in spendwatch("explain", incident.id[:9], "--embedded", first_day).out
    unclear = spendwatch("explain", "inc_", "--embedded", first_day)
    assert unclear.code == 2 and incident.id in unclear.err
    unknown = spendwatch("explain", "inc_0", "--embedded", first_day)
    assert unknown.code == 2 and unknown.err.count("\n") == 1


def test_all_parts_of_what_it_is_over_are_told_and_sum_to_it(
    first_day: Path, spendwatch: Terminal
) -> None:
    incident = incident_of(first_day, "application:chat")
    found = {one.observed - one.expected: one for one in incident.evidence}
    assert all(sum(one.parts.values()) == excess > 0 for excess, one in found.items())
    excess, evidence = max(found.items())
    said = spendwatch("explain", incident.id, "--embedded", first_day)
    assert f"why it was {dollars(excess)} over when it was found" in said.out
    rows = [line.split() for line in said.out.splitlines()]
    assert {row[0] for row in rows if row} >= evidence.parts.keys()
