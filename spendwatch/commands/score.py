"""spendwatch score: how seldom a usual day of a plain series shows such a value."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import click

from detectors.scoring import FORMS
from schemas.moments import TICK
from schemas.wording import counted
from spendwatch import outputs, progress
from spendwatch.failures import Failure
from spendwatch.moments import Length
from spendwatch.scoring import Done, Job, all_scored


class Forms(click.ParamType):
    """Names of ways to score with commas between them."""

    name = "names"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """The names. Fails on one that is not known."""
        if isinstance(value, tuple):
            return value
        names = tuple(name.strip() for name in str(value).split(","))
        for name in names:
            if name not in FORMS:
                self.fail(f"{name!r} is none of {', '.join(FORMS)}", param, ctx)
        return names


@click.command("score")
@click.argument("sources", metavar="FILE|DIR...", nargs=-1, required=True,
                type=click.Path(path_type=Path))  # fmt: skip
@click.option("--out", required=True, metavar="FILE|DIR", help="where the scores go")
@click.option("--every", type=Length(), default="1h", show_default=True,
              help="the nominal time from row to row")  # fmt: skip
@click.option("--detectors", "forms", type=Forms(), default=FORMS, metavar="NAMES",
              help=f"ways to score: {', '.join(FORMS)}; both: each series as fits")  # fmt: skip
def command(sources: tuple[Path, ...], out: str, every: timedelta, forms: tuple[str, ...]) -> None:
    """Score plain series, tables of timestamp,value: each row by the rows up to it."""
    jobs = list(_jobs(sources, out, every // TICK, forms))
    _fit(jobs)
    with progress.bar("series", len(jobs)) as advance:
        done = [_counted(one, advance) for one in all_scored(jobs)]
    _tell(done, out)


def _counted(one: Done, advance: progress.Advance) -> Done:
    advance(1)
    return one


def _jobs(sources: Sequence[Path], out: str, every: int, forms: tuple[str, ...]) -> Iterator[Job]:
    """A job for each series. Raises Failure."""
    target = Path(out)
    files = [file for source in sources for file in _files(source)]
    several = len(sources) > 1 or sources[0].is_dir()
    if target.exists() and not target.is_dir() and (several or not target.is_file()):
        raise Failure(f"{target}: not a {'folder' if several else 'file or folder'}")
    folder = several or target.is_dir() or out.endswith(os.sep)
    for file in files:
        yield Job(file, target / file.name if folder else target, every, forms)


def _files(source: Path) -> list[Path]:
    """A file, or the tables of a folder by name. Raises Failure."""
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise Failure(f"{source}: no such file or folder")
    tables = (file for file in source.iterdir() if file.suffix.lower() == ".csv")
    found = sorted(file for file in tables if file.is_file() and not file.name.startswith("."))
    if not found:
        raise Failure(f"{source}: no .csv file in it")
    return found


def _fit(jobs: Sequence[Job]) -> None:
    """Raises Failure where a file would be written twice, or over a series."""
    targets = Counter(job.target for job in jobs)
    for target, times in targets.items():
        if times > 1:
            raise Failure(f"{target}: {times} series of that name")
    sources = (job.source for job in jobs)
    outputs.apart(targets, sources, "the scores would be written over a series")


def _tell(done: Sequence[Done], out: str) -> None:
    """Say what was written, and raise Failure where a series was refused."""
    refused = [one.refused for one in done if one.refused]
    if refused and len(done) == 1:
        raise Failure(refused[0])
    for why in refused:
        click.echo(f"Error: {why}", err=True)
    series = counted(len(done) - len(refused), "series", "series")
    rows = counted(sum(one.rows for one in done), "row")
    up, down = sum(one.up for one in done), sum(one.down for one in done)
    click.echo(f"{series}, {rows}: {counted(up, 'finding')} up, {down:,} down: {out}")
    if refused:
        raise Failure(f"{len(refused):,} of {len(done):,} series refused, the others are written")
