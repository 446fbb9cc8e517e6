"""spendwatch init: a first rulebook from recorded usage."""

from collections.abc import Iterator
from pathlib import Path

import click

from notifiers.text import clean
from schemas.money import dollars
from schemas.wording import counted
from spendwatch import clocks, options, progress
from spendwatch.drafting import draft
from spendwatch.drafting.pricing import card
from spendwatch.drafting.sighting import Seen, see
from spendwatch.drafting.spelling import VALID
from spendwatch.failures import Failure
from streams import rulebook, sources
from streams.sources import mapping

ORGANISATION = "my-organisation"
SHOWN = 20
"""Unpriced things that are printed; the draft names all."""


@click.command("init")
@click.option("--from", "first", required=True, multiple=True, metavar="FILE...",
              type=options.file, help="recorded usage")  # fmt: skip
@click.argument("more", nargs=-1, type=options.file)
@click.option("--out", required=True, type=options.file)
@options.columns
@click.option("--organisation", default=ORGANISATION, show_default=True, help="its id")
@click.option("--force", is_flag=True, help="overwrite what is there")
def command(  # noqa: PLR0913, PLR0917 - one for each option
    first: tuple[Path, ...],
    more: tuple[Path, ...],
    out: Path,
    columns: Path | None,
    organisation: str,
    force: bool,
) -> None:
    """Draft a rulebook from the applications and models that usage shows."""
    if not VALID.fullmatch(organisation):
        raise Failure("--organisation: a letter, then at most 63 letters, digits and _.-")
    if out.exists() and not force:
        raise Failure(f"{out} is there already; --force overwrites it")
    seen = _seen([*first, *more], columns)
    text = draft(seen, organisation)
    rulebook.read(text)
    out.write_text(text, encoding="utf-8", newline="\n")
    for line in _told(seen, out):
        click.echo(line)


def _seen(files: list[Path], columns: Path | None) -> Seen:
    """What the files show. Raises Unreadable, Failure where there is no usage in them."""
    known = mapping.load(columns) if columns else None
    with progress.bar("usage") as advance:
        seen = see(progress.along(sources.read(files, known), advance), clocks.now_micros())
    if not seen.usages:
        why = f": {_refused(seen)}, first {seen.detail}" if seen.refused else ""
        raise Failure(f"no usage in {', '.join(map(str, files))}{clean(why)}")
    return seen


def _refused(seen: Seen) -> str:
    return f"{counted(seen.refused.total(), 'line')} refused"


def _told(seen: Seen, out: Path) -> Iterator[str]:
    """What was seen and what is left to be done."""
    models = {model for held in seen.models.values() for model in held}
    yield (
        f"{counted(seen.usages, 'usage')} of {counted(len(seen.applications), 'application')} and "
        f"{counted(len(models), 'model')}: {dollars(round(seen.daily))} a day"
    )
    if seen.refused:
        reasons = ", ".join(f"{count} {reason}" for reason, count in seen.refused.most_common())
        yield f"{_refused(seen)}: {reasons}; first {clean(seen.detail)}"
    entries = card(seen)
    if entries:
        unpriced = counted(seen.gaps.total(), "usage")
        yield f"{unpriced} without a public price; fill these in under `rates` in {out}:"
        yield from (f"  #- {entry}" for entry in entries[:SHOWN])
        if len(entries) > SHOWN:
            yield f"  and {len(entries) - SHOWN} more"
    yield f"{out} is a rulebook; next: spendwatch check {out}"
