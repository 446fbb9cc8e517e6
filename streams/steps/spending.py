"""Budgets: what each has spent in its period, and the marks on the way, as findings.

A mark is told once: when an amount crosses it, or as "already" where it had been passed before the
budget was first seen. It ends with its period. Times are minutes since 1970, money nano-dollars.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ledger import budgets
from ledger.budgets import Budget
from ledger.forecasts import forecast
from ledger.periods import Period
from schemas import records
from schemas.moments import DAY_MINUTES, HOUR_MINUTES, at_minute, moment
from schemas.records import Finding
from schemas.rules import Grain
from schemas.states import Spent
from streams.book import Book
from streams.steps import spent_before, waiting
from streams.steps.costs import Costs
from streams.steps.spent import Amounts, Sum
from streams.steps.step import Draft, Key

GRACE = HOUR_MINUTES
"""How long after its end a period waits for the final split of its last day."""

KEPT = 3 * DAY_MINUTES
"""How long after its end a period is kept, for usage that comes late; later none counts."""

ENDED = "the period ended"
REPLACED = "the budget was changed"


@dataclass(frozen=True, slots=True)
class Till:
    """One budget of one series, in one version of the rulebook."""

    draft: Draft
    book: Book
    name: str
    budget: Budget
    history_until: int
    final: int = 0
    """Days before this minute have been split for good."""

    def key(self, period: Period) -> Key:
        """Where what it spent in a period is kept."""
        return ("spent", self.budget.name, self.budget.version, period.key)

    def spent(self, period: Period, now: int, amounts: Amounts) -> Spent:
        """What it has spent; when it is first seen, what the series had spent by then."""
        found: Spent | None = self.draft.get(self.key(period))
        if found is not None:
            return found
        cost = spent_before.directly(self.draft, self.name, period, now)
        cost -= spent_before.inside(amounts.direct, period, now)
        cost -= spent_before.inside(waiting.of(self.draft, self.name), period, now)
        shared = spent_before.shared(self.draft, self.name, period, self.final)
        shared -= spent_before.inside(amounts.shared, period, self.final)
        return Spent(cost=max(cost, 0), shared=shared, end=period.end)

    def add(self, amounts: Amounts, now: int) -> Iterator[Finding]:
        """Add amounts; yields the marks that they reach. `now` is the first open minute.

        One by one, so that a mark is told of the minute that reached it; together where none is.
        """
        given, at = amounts.in_order(), 0
        while at < len(given):
            period = self.budget.period_of(given[at].minute)
            if period is None or now >= period.end + KEPT:
                at += 1
                continue
            spent = self.spent(period, now, amounts)
            count = self._together(spent, period, given[at:])
            minute, cost, shared = given[at + count - 1].at, *_sums(given[at : at + count])
            after, reached = budgets.add(self.budget, period, spent, cost, shared)
            after = replace(after, ended=after.ended and not reached)
            self.draft.put(self.key(period), after)
            at += count
            for mark in reached:
                yield self.finding(mark.identity, "breach", minute, mark.reason, after)

    def _together(self, spent: Spent, period: Period, given: Sequence[Sum]) -> int:
        """How many of the amounts can be added at once: those before the next mark is reached."""
        room, count = budgets.ceiling(self.budget, spent), 0
        for one in given:
            if not period.start <= one.minute < period.end:
                break
            room = None if room is None else room - one.cost - one.shared
            if room is not None and room <= 0:
                break
            count += 1
        return max(count, 1)

    def finding(self, mark: str, phase: str, minute: int, reason: str, spent: Spent) -> Finding:
        """A mark of the budget, reached or over, decided by a minute."""
        day = at_minute(minute).date()
        total, amount = budgets.total(spent), self.budget.amount
        over = max(total - amount, 0)
        return Finding(
            series=self.name,
            owner=self.book.path(self.name, day),
            dimensions=self.book.dimensions(self.name, day),
            rule=mark,
            cause="budget",
            phase=phase,
            bucket=Grain.MINUTE,
            bucket_start=at_minute(minute),
            bucket_end=at_minute(minute + 1),
            time=at_minute(minute + 1),
            window=1,
            observed=total,
            expected=amount,
            low=0,
            high=amount,
            excess_nano_usd=over,
            accrued_nano_usd=over,
            hourly_nano_usd=0,
            opened_at=at_minute(minute),
            reason=reason,
            history=at_minute(minute) < moment(self.history_until),
            rulebook=self.book.hash,
        )

    def ended(self, now: int, gone: int | None = None) -> Iterator[Finding]:
        """The marks of periods that are over; what is too old is forgotten.

        `gone` is the minute from which the rulebook no longer has this budget in this version.
        """
        prefix = ("spent", self.budget.name, self.budget.version)
        for period, spent in sorted(self.draft.below(prefix).items()):
            over = now >= spent.end + GRACE
            if now >= spent.end + KEPT:
                self.draft.put((*prefix, period), None)
            elif (over or gone is not None) and not spent.ended:
                self.draft.put((*prefix, period), replace(spent, ended=True))
                minute = spent.end if gone is None else min(spent.end, gone)
                for mark in spent.marks:
                    identity = f"{self.budget.name}/{self.budget.version}/{period}/{mark}"
                    why = ENDED if minute == spent.end else REPLACED
                    yield self.finding(identity, "calm", minute, why, spent)

    def standing(self, now: int, amounts: Amounts) -> records.Budget | None:
        """Where the budget stands, with its forecast; None before it counts."""
        period = self.budget.period_of(now)
        if period is None:
            return None
        spent = budgets.total(self.spent(period, now, amounts))
        hour = now // HOUR_MINUTES
        first = self.draft.get(("series", self.name)).first // HOUR_MINUTES
        hours = Costs(self.draft, self.name, Grain.HOUR, first, hour)
        hours.reach(hours.kept)
        ahead = forecast(hours.raw, spent, now, period.end)
        return records.Budget(
            name=self.budget.name,
            series=self.name,
            owner=self.book.path(self.name, at_minute(now).date()),
            start=at_minute(period.start),
            end=at_minute(period.end),
            amount_nano_usd=self.budget.amount,
            spent_nano_usd=spent,
            shared_nano_usd=self.spent(period, now, amounts).shared,
            forecast_nano_usd=ahead.expected,
            low_nano_usd=ahead.low,
            high_nano_usd=ahead.high,
            time=at_minute(now),
        )


def _sums(given: Sequence[Sum]) -> tuple[int, int]:
    """Direct and shared, together."""
    return sum(one.cost for one in given), sum(one.shared for one in given)
