"""spendwatch run: the service, on Kafka or whole in one process on the embedded log."""

import gc
import sys
from pathlib import Path

import click

from schemas.moments import EPOCH
from spendwatch import clocks, hosting, logbook, logs, options, settings
from spendwatch.failures import Failure
from spendwatch.service import Service
from spendwatch.settings import Settings
from spendwatch.texts import text_of
from streams.jobs import JOBS, JUDGE, METER, SPLIT, WATCH
from streams.rulebooks import Rulebooks

PARTS = {
    "meter": (METER,),
    "watch": (SPLIT, WATCH, JUDGE),
    "deliver": (),
    "web": (),
    "all": (METER, SPLIT, WATCH, JUDGE),
}
"""What each process runs."""


@click.command("run")
@click.argument("part", type=click.Choice(list(PARTS)), default="all")
@options.embedded
@click.option("--only", type=click.Choice(["split", "watch", "judge"]), help="one step of watch")
@click.option("--rulebook", "rules", type=options.file,
              help="published first, where the log holds no version yet")  # fmt: skip
def command(part: str, embedded: Path | None, only: str | None, rules: Path | None) -> None:
    """Run the service until it is told to stop."""
    chosen = settings.load()
    logs.configure(chosen.log_format, chosen.log_level)
    if only and part != "watch":
        raise Failure("--only picks one step of `run watch`")
    if embedded and part != "all":
        raise Failure("the embedded log is run whole: `spendwatch run all --embedded FILE`")
    book = logbook.opened(chosen, embedded)
    gc.freeze()  # no module is garbage: looking through them all again costs a start half a second
    try:
        if rules:
            begin(book, rules)
        sys.exit(_run(part, only, chosen, book))
    finally:
        book.log.close()


def begin(book: logbook.Logbook, rules: Path) -> None:
    """Publish a rulebook on a log that has none. Raises Faulty, Failure, LogError."""
    known = Rulebooks(book.log, book.codec)
    if known.empty():
        known.publish(text_of(rules), EPOCH)


def _run(part: str, only: str | None, chosen: Settings, book: logbook.Logbook) -> int:
    jobs = (JOBS[only],) if only else PARTS[part]
    beside = [hosting.web(chosen, book, clocks.now_micros)] if part in ("web", "all") else []
    delivers = part in ("deliver", "all")
    return Service(chosen, book, jobs=jobs, delivers=delivers, beside=beside).run()
