"""An overrun is told at once, also while the minute before it still waits for stragglers."""

from schemas.moments import at_minute
from schemas.records import Finding
from tests.streams.judge_kit import PLACES, Court
from tests.streams.test_watch_to_judge import docketed
from tests.streams.watch_kit import ACME, DOLLAR, LIVE, Source, Use, Watched, books_of

BOOKS = books_of(ACME, PLACES, """
policies:
  - {name: guard, kind: limit, series: ["application:*"], usd: 10, window: 1h}
""")  # fmt: skip
NOON = LIVE + 720
STRAGGLES = NOON + 0.5
"""Event time of which the minute at NOON is still open, while the next one fills."""


class House:
    """A meter, a watch and a judge that hears each batch at once."""

    def __init__(self) -> None:
        self.meter, self.watch, self.court = Source(BOOKS), Watched(BOOKS), Court(books=BOOKS)
        self.spend(0, 4, NOON)

    def spend(self, minute: int, dollars: int, reached: float) -> list[Finding]:
        """So many dollars of chat in a minute from NOON on; what is found."""
        use = Use(minute=NOON + minute, cost=dollars * DOLLAR)
        self.watch.said.clear()
        self.watch.feed(self.meter.tally([use], reached))
        self.court.hear(*docketed(self.watch.said))
        return self.watch.findings()


def test_what_a_new_series_may_cost_is_known_from_its_first_batch_on() -> None:
    house = House()
    known = house.watch.state.get(("series", "application:chat"))
    assert (known.closed, dict(known.ceilings)) == (NOON, {"guard": 10 * DOLLAR})
    assert known.rulebook == BOOKS.versions[0].hash
    assert house.spend(0, 5, NOON + 0.4) == []
    [found] = house.spend(0, 1, STRAGGLES)
    assert (found.phase, found.bucket_start) == ("early", at_minute(NOON))


def test_an_overrun_is_told_while_the_minute_before_it_is_open() -> None:
    house = House()
    [found] = house.spend(1, 6, STRAGGLES)
    assert (found.phase, found.rule) == ("early", "guard")
    assert found.bucket_start == at_minute(NOON + 1)
    assert house.court.incident().state == "firing"


def test_it_is_told_once_and_confirmed_by_its_own_minute() -> None:
    house = House()
    [early] = house.spend(1, 6, STRAGGLES)
    assert house.spend(1, 1, STRAGGLES) == []
    assert house.spend(2, 1, NOON + 1.5) == []
    [breach] = house.spend(2, 1, NOON + 2)
    assert (breach.phase, breach.opened_at) == ("breach", early.opened_at)
    [incident] = house.court.incidents()
    assert incident.opened_at == early.opened_at


def test_what_stays_under_the_limit_with_the_minute_before_it_is_not_told() -> None:
    assert House().spend(1, 5, STRAGGLES) == []


def test_a_straggler_that_was_the_overrun_itself_takes_it_over() -> None:
    house = House()
    house.spend(1, 6, STRAGGLES)
    [before] = house.court.incidents()
    [sooner] = house.spend(0, 6, STRAGGLES)
    assert (sooner.phase, sooner.bucket_start) == ("early", at_minute(NOON))
    house.spend(2, 1, NOON + 2)
    states = {one.opened_at: one.state for one in house.court.incidents()}
    assert states[at_minute(NOON)] == "firing"
    assert states.get(before.opened_at) == "merged"


def test_nothing_is_kept_of_a_minute_that_was_closed_on_trial() -> None:
    house = House()
    house.spend(1, 6, STRAGGLES)
    assert house.watch.state.get(("series", "application:chat")).closed == NOON
    assert house.watch.state.get(("series", "application:chat")).episodes == ()


def test_what_was_booked_ahead_is_looked_at_when_the_minute_two_before_it_closes() -> None:
    house = House()
    assert house.spend(2, 6, STRAGGLES) == []
    house.watch.said.clear()
    house.watch.feed(house.meter.tally([], NOON + 1))
    [found] = house.watch.findings()
    assert (found.phase, found.bucket_start) == ("early", at_minute(NOON + 2))
