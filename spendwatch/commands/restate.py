"""spendwatch restate: prices and owners that were corrected later, made right on the log."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from time import sleep

import click

from schemas.moments import SECOND, micros, rfc3339
from schemas.money import dollars
from schemas.wording import counted
from spendwatch import clocks, options, progress
from spendwatch.failures import Failure
from spendwatch.moments import Moment
from spendwatch.reading import books_of, looked_at
from spendwatch.tables import Table, show
from streams.book import Books
from streams.restate import Change, Report, Restate, Sums, Unable
from streams.steps.restating import EVER
from streams.steps.step import StepError

KNOWN = 3 * SECOND
"""Workers look for a new version once a second; what they meter until then is of the former."""

HEAD = ("from", "rate", "to", "rate", "charges", "was", "is", "moves")


@click.command("restate")
@click.option("--since", required=True, type=Moment(), help="usage from this time on, RFC 3339")
@click.option("--until", type=Moment(), help="usage before this time; default: all")
@click.option("--dry-run", "dry", is_flag=True, help="say what would move, and move nothing")
@options.embedded
@options.machine
def command(
    since: datetime, until: datetime | None, dry: bool, embedded: Path | None, machine: bool
) -> None:
    """Take back what the rulebook now has otherwise, and charge it again.

    Publish the corrected rulebook first, from the time for which it is right.
    """
    start, end = _span(since, until)
    with looked_at(embedded) as book, progress.bar("charges") as advance:
        books = books_of(book)
        sleep(patience(books, clocks.now_micros()) / SECOND)
        run = Restate(book.log, book.codec, books, start, end, advance=advance)
        try:
            report = run.run(write=not dry)
        except (Unable, StepError) as wrong:
            raise Failure(str(wrong)) from None
    if machine:
        click.echo(json.dumps(written(report, dry)))
    else:
        show(tables(report))
        for line in said(report, rfc3339(since), dry):
            click.echo(line)


def patience(books: Books, now: int) -> int:
    """Microseconds until every worker has surely read the newest version."""
    published = max(version.published for version in books.versions)
    return min(max(published + KNOWN - now, 0), KNOWN)


def _span(since: datetime, until: datetime | None) -> tuple[int, int]:
    """Microseconds since 1970. Raises Failure."""
    start, end = micros(since), EVER if until is None else micros(until)
    if until is not None and end <= start:
        raise Failure(f"--until {rfc3339(until)} is not after --since {rfc3339(since)}")
    return start, end


def tables(report: Report) -> Iterator[Table]:
    """What moves from where to where, the largest amount first."""
    rows = [_row(*one) for one in _ordered(report)]
    yield Table("", HEAD, rows, frozenset({4, 5, 6, 7}))


def _ordered(report: Report) -> list[tuple[Change, Sums]]:
    return sorted(report.moves.items(), key=lambda one: (-abs(one[1].now - one[1].was), one[0]))


def _row(change: Change, sums: Sums) -> tuple[str, ...]:
    to_owner = "" if change.to_owner == change.owner else change.to_owner
    amounts = (dollars(sums.was), dollars(sums.now), moved(sums))
    rates = change.rate_id or "no price", change.to_rate_id
    return change.owner, rates[0], to_owner, rates[1], f"{sums.charges:,}", *amounts


def moved(sums: Sums) -> str:
    """The difference in dollars, with its sign."""
    more = sums.now - sums.was
    return f"+{dollars(more)}" if more > 0 else dollars(more)


def said(report: Report, since: str, dry: bool) -> Iterator[str]:
    """The whole of it in words."""
    total, of = report.total, f"{counted(report.looked_at, 'usage')} since {since}"
    if not total.charges:
        yield f"nothing to restate: {of}, all as the rulebook has it"
    else:
        verb = "would be restated" if dry else "restated"
        sums = f"{dollars(total.was)} to {dollars(total.now)}, {moved(total)}"
        yield f"{counted(total.charges, 'charge')} {verb} of {of}: {sums}"
    if report.too_large:
        many = counted(report.too_large, "charge")
        yield f"{many} would cost more than $9 million each, and stay as they are"
    if report.gone_before is not None:
        gone = rfc3339(report.gone_before)
        yield f"whatever was charged before {gone} is not kept any more, and stays as it was"


def written(report: Report, dry: bool) -> dict[str, object]:
    """The same for machines: money in integer nano-dollars."""
    total = report.total
    return {
        "dry_run": dry,
        "usages": report.looked_at,
        "restated": total.charges,
        "was_nano_usd": total.was,
        "now_nano_usd": total.now,
        "too_large": report.too_large,
        "gone_before": rfc3339(report.gone_before) if report.gone_before else None,
        "moves": [
            {
                **change._asdict(),
                "charges": sums.charges,
                "was_nano_usd": sums.was,
                "now_nano_usd": sums.now,
            }
            for change, sums in _ordered(report)
        ],
    }
