"""What the tests of watch share: metered usage, tallies of it, and a watch to feed with them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy, deepcopy
from dataclasses import dataclass, field, replace
from functools import cache
from random import Random
from typing import Any

from hypothesis import strategies as st

from schemas import series
from schemas.codec import Codec
from schemas.integers import packed
from schemas.keys import partition_of
from schemas.kinds import Kind
from schemas.moments import EPOCH, MINUTE, at_minute, minute_of
from schemas.records import Allocation, Budget, Finding, Label, Tally
from streams import pipeline
from streams.book import Book, Books
from streams.log import Record
from streams.rulebook import read
from streams.steps.growing import Growth
from streams.steps.packed import WatchState
from streams.steps.resting import CLOCK
from streams.steps.step import Key, Outcome, Output, Site, State, key_bytes
from streams.steps.watching import Batch
from streams.walk import Passing

DOLLAR = 10**9
HOUR = 60
DAY = 1440
MONDAY = 20_759 * DAY
"""2026-11-02, midnight, in minutes since 1970."""

ACME = """
organisation: acme
lateness_s: 0
owners:
  - {id: retail, level: business_unit}
  - {id: storefront, level: service, under: retail}
  - {id: chat, level: application, under: storefront}
  - {id: search, level: application, under: storefront}
  - {id: operations, level: business_unit}
  - {id: helpdesk, level: service, under: operations}
  - {id: triage, level: application, under: helpdesk}
rules:
  - {owner: chat, when: {application: chat}}
  - {owner: search, when: {application: search}}
  - {owner: triage, when: {application: triage}}
cuts:
  - {name: keys, by: [application, principal]}
"""
"""Two business units and three applications; nothing is watched."""

OTHER = ("type", "provider", "environment", "feature", "tier", "outcome", "resource", "product")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What one usage puts into one minute."""

    minute: int
    cost: int = DOLLAR
    application: str = "chat"
    principal: str = "k1"
    model: str = "gpt-4o"
    environment: str = "production"
    source: str = "/svc"
    kind: Kind = Kind.USAGE
    known: int = 0
    """The minute in which it became known; 0 is its own."""

    charges: int = 1
    unpriced: int = 0
    requests: int = 1
    more: tuple[tuple[str, int], ...] = ()
    """Other quantities and clues."""

    @property
    def dimensions(self) -> Mapping[str, str]:
        """What the meter knows of it."""
        named = ("application", "principal", "model", "environment", "source")
        return {**dict.fromkeys(OTHER, ""), **{name: getattr(self, name) for name in named}}

    def series(self, book: Book) -> tuple[str, ...]:
        """Every series that it is added to."""
        return book.line(self.dimensions, at_minute(self.minute).date()).series


def book_of(text: str, begins: int | None = None) -> Book:
    """A version of the rulebook that holds from a minute on, or from the beginning of time."""
    since = EPOCH if begins is None else at_minute(begins)
    return Book(f"hash-{begins or 0}", since, read(text))


def books_of(*texts: str) -> Books:
    """One version for all time."""
    return Books([book_of("".join(texts))])


@dataclass(slots=True)
class Source:
    """A meter: it turns usage into tallies that tile its partition's log."""

    books: Books
    name: str = "usage/0"
    wide: int = 1
    sources: int = 1
    next: int = 0
    since: int = 0

    def tallies(self, uses: Sequence[Use], reached: float, **changes: Any) -> list[Tally]:
        """One tally a partition; event time reaches `reached`, minutes since 1970."""
        if uses and not self.since:
            self.since = uses[0].minute * MINUTE
        first, self.next = self.next, self.next + max(len(uses), 1)
        rows = [(name, use) for use in uses for name in use.series(self._book(use))]
        head = Tally(
            source=self.name,
            first=first,
            next=self.next,
            watermark=int(reached * MINUTE),
            sources=self.sources,
            since=self.since,
            **changes,
        )
        return [filled(head, self._to(rows, partition)) for partition in range(self.wide)]

    def tally(self, uses: Sequence[Use], reached: float, **changes: Any) -> Tally:
        """The tally for the first partition."""
        return self.tallies(uses, reached, **changes)[0]

    def _book(self, use: Use) -> Book:
        return self.books.at(use.minute * MINUTE)

    def _to(self, rows: list[tuple[str, Use]], partition: int) -> list[tuple[str, Use]]:
        return [
            (name, use)
            for name, use in rows
            if partition_of(self._book(use).root(name).encode(), self.wide) == partition
        ]


def filled(head: Tally, rows: Sequence[tuple[str, Use]]) -> Tally:
    """A tally with its amounts, summed as the meter does."""
    held: dict[tuple[str, int, int, int], list[Use]] = {}
    for name, use in rows:
        key = (name, use.minute, int(use.kind), use.known or use.minute)
        held.setdefault(key, []).append(use)
    keys = sorted(held)
    names = sorted({name for name, *_ in keys})

    def column(*parts: str) -> bytes:
        return packed(
            sum(getattr(use, part) for use in held[key] for part in parts) for key in keys
        )

    more = {name: 0 for use in rows for name, _ in use[1].more}
    others = {
        name: packed(sum(dict(use.more).get(name, 0) for use in held[key]) for key in keys)
        for name in sorted(more)
    }
    unowned = [sum(u.cost for u in held[key] if u.application == "stray") for key in keys]
    return replace(
        head,
        series=series.joined(names),
        at=packed(names.index(name) for name, *_ in keys),
        minute=packed(minute for _, minute, _, _ in keys),
        kind=packed(kind for _, _, kind, _ in keys),
        known=packed(known for *_, known in keys),
        cost=column("cost"),
        charges=column("charges"),
        unpriced=column("unpriced"),
        unowned=packed(unowned),
        quantities={"requests": column("requests"), **others},
    )


def plain(name: str, minute: int, cost: int, **changes: Any) -> Tally:
    """A tally with one amount of one series."""
    head = Tally(
        source="usage/0", first=0, next=1, watermark=minute * MINUTE, since=minute * MINUTE
    )
    return replace(filled(head, [(name, Use(minute=minute, cost=cost))]), **changes)


@dataclass(slots=True)
class Watched:
    """One partition of watch: what it was fed, what it remembers and what it has said."""

    books: Books
    site: Site = field(default_factory=lambda: Site(codec=Passing()))
    state: WatchState = field(default_factory=WatchState)
    said: list[Output] = field(default_factory=list)
    last: Outcome = field(default_factory=Outcome)

    def feed(self, *given: Tally | Label) -> "Watched":
        """One batch."""
        records: list[Any] = [
            Record("label" if isinstance(one, Label) else "tally", 0, at, None, one, 0)  # type: ignore[arg-type]
            for at, one in enumerate(given)
        ]
        self.last = pipeline.watch(self.state, records, self.books, self.site)
        self.state.apply(self.last.changes)
        self.said += [one for one in self.last.outputs if isinstance(one, Output)]
        return self

    def findings(self, *phases: str) -> list[Finding]:
        """What was found, in the order it was said; only of some phases if any are named."""
        found = [one.record for one in self.said if isinstance(one.record, Finding)]
        return [one for one in found if not phases or one.phase in phases]

    def allocation(self, name: str) -> Allocation:
        """The latest of a series."""
        return next(
            one.record
            for one in reversed(self.said)
            if isinstance(one.record, Allocation) and one.record.series == name
        )

    def budgets(self, name: str) -> list[Budget]:
        """Where a budget stood, each time that it was said."""
        return [
            one.record
            for one in self.said
            if isinstance(one.record, Budget) and one.record.name == name
        ]

    def beside(self) -> "Watched":
        """A second watch that goes on from here, and has said nothing yet."""
        return Watched(self.books, self.site, copied(self.state))


def copied(state: WatchState) -> WatchState:
    """The same entries in groups of their own."""
    found = WatchState()
    found.groups = {prefix: copy(group) for prefix, group in state.groups.items()}
    found.kept = dict(state.kept)
    found.numbers, found.open = deepcopy(state.numbers), deepcopy(state.open)
    if hasattr(state, "_decode"):
        found._decode = state._decode
    return found


def entries(state: State) -> dict[Key, Any]:
    """All that a state remembers."""
    return dict(state.items())


def restarted(state: State) -> WatchState:
    """The state as its topic gives it back."""
    codec = Codec()
    changes = WatchState().written(entries(state))
    written = {key_bytes(key): codec.encode(value) for key, value in changes.items()}
    return WatchState.restored(written.items(), codec.decode)


def awake(watch: Watched) -> dict[Key, Any]:
    """All that a watch remembers, once every series that rests is closed up to the clock."""
    found = watch.beside()
    clock = found.state.get(CLOCK)
    if clock is not None:
        growth = Growth(found.state)
        batch = Batch(growth, watch.books, minute_of(clock.time))
        for name in found.state.names(("series",)):
            batch.wake(str(name))
        found.state.apply(growth.changes(batch.draft.changes))
    return entries(found.state)


def remembered(watch: Watched) -> dict[Key, Any]:
    """What a watch holds that is a fact of the log: not what was told of open minutes, nor who
    rests.
    """
    return {
        key: replace(value, told={}) if key[0] == "series" else value
        for key, value in awake(watch).items()
    }


def told(findings: Iterable[Finding]) -> set[tuple[str, int, str]]:
    """Breaches as (series, minute of the verdict, rule)."""
    return {
        (one.series, (one.time - EPOCH) // (at_minute(1) - EPOCH), one.rule) for one in findings
    }


BUSY = """
budgets:
  - {name: retail, series: "business_unit:retail", amount_usd: 100, marks: [5, 7, 10, 50, 100, 120]}
  - {name: kolkata, series: "service:storefront", amount_usd: 50, time_zone: Asia/Kolkata}
detectors:
  - name: burst
    kind: records
    grain: minute
    series: ["application:*", "keys:*"]
    once_in_days: 10
    floor_usd: 1
  - {name: day, kind: records, series: ["app*", "service:*"], once_in_days: 10, floor_usd: 1}
  - {name: mute, kind: silence, series: ["keys:*"], expect: every 30m}
  - {name: new-keys, kind: newcomer, series: ["keys:*"], floor_usd: 1, history_days: 1}
policies:
  - {name: models, kind: models_allowed, environments: [production], models: [gpt-4o]}
  - {name: guard, kind: limit, series: ["keys:*"], usd: 4, window: 15m}
  - {name: hours, kind: limit, series: ["service:*"], usd: 20, window: 30h}
  - {name: tripled, kind: growth, series: ["application:*"], window: 2h, times: 3, floor_usd: 2}
  - {name: dear, kind: price_per_call, series: ["application:*"], usd: 0.5, calls: 3}
  - {name: unowned, kind: share, of: unowned, percent: 5, floor_usd: 2}
"""
"""Every kind of rule, and two budgets, on the series of ACME."""

CENT = DOLLAR // 100
LIVE = MONDAY + 2 * DAY
"""When the histories of the tests end: Wednesday at midnight."""


def history(seed: int = 1, days: int = 2, every: int = 13) -> list[Use]:
    """Usage of three applications and two keys, a cent or so at a time, up to LIVE."""
    random = Random(seed)
    return [
        Use(
            minute=minute,
            cost=random.randrange(2 * CENT),
            application=application,
            principal=principal,
        )
        for minute in range(LIVE - days * DAY, LIVE, every)
        for application in ("chat", "search", "triage")
        for principal in ("k1", "k2")
        if random.random() < 0.5
    ]


@cache
def warm(wide: int = 1, sources: int = 1) -> tuple[list[Source], list[Watched]]:
    """Meters and watches that have seen two days; to be copied before they go on."""
    books = books_of(ACME, BUSY)
    meters = [Source(books, f"usage/{n}", wide, sources) for n in range(sources)]
    sites = [Site(partition=n, tallies=wide, codec=Passing()) for n in range(wide)]
    watches = [Watched(books, site) for site in sites]
    for n, meter in enumerate(meters):
        for watch, tally in zip(
            watches, meter.tallies(part(history(), n, sources), LIVE), strict=True
        ):
            watch.feed(tally)
    return meters, watches


def part(uses: Iterable[Use], number: int, of: int) -> list[Use]:
    """The usage that a partition holds: a principal's stays together."""
    return [use for use in uses if partition_of(use.principal.encode(), of) == number]


def beside(wide: int = 1, sources: int = 1) -> tuple[list[Source], list[Watched]]:
    """Meters and watches of one's own that have seen two days."""
    meters, watches = warm(wide, sources)
    return [replace(meter) for meter in meters], [watch.beside() for watch in watches]


Beat = tuple[list[Use], float]
"""Usage, and how far event time gets with it, minutes since 1970."""


@st.composite
def beats(draw: st.DrawFn, most: int = 20) -> list[Beat]:
    """Usage from LIVE on, all in time; event time goes on by steps, down to none."""
    at, reached, found = LIVE, float(LIVE), list[Beat]()
    pace = st.sampled_from((0, 0, 1, 1, 2, 5, 20))
    for step in draw(st.lists(pace, min_size=3, max_size=most)):
        found.append((draw(pulses(at)), reached))
        at += step
        reached = max(reached, at - draw(st.sampled_from((0.0, 0.3, 1.0))))
    return [*found, ([], at + 3.0)]


def pulses(at: int) -> st.SearchStrategy[list[Use]]:
    """Some usage in the minutes from `at` on: most of it cheap, some of it far too dear."""
    cost = st.one_of(st.sampled_from((0, CENT, 2 * CENT)), st.integers(1, 3 * DOLLAR))
    one = st.builds(
        Use,
        minute=st.integers(at, at + 2),
        cost=cost,
        application=st.sampled_from(("chat", "search", "stray")),
        principal=st.sampled_from(("k1", "k2", "k3")),
        model=st.sampled_from(("gpt-4o", "gpt-4o", "opus")),
        requests=st.integers(0, 2),
    )
    return st.lists(one, max_size=4)


def cut(tallies: Sequence[Tally], draw: Random) -> Iterator[list[Tally]]:
    """The tallies in batches of any length."""
    rest = list(tallies)
    while rest:
        size = draw.randint(1, len(rest))
        yield rest[:size]
        rest = rest[size:]
