"""spendwatch demo: the whole service on the embedded log, with a simulated organisation."""

import json
from datetime import timedelta
from pathlib import Path

import click

from schemas.wording import counted
from spendwatch import logs, verdict
from spendwatch.demo import Demo
from spendwatch.moments import Length


@click.command("demo")
@click.option("--for", "length", type=Length(), default="120s", show_default=True,
              help="how long it runs after its history is in")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="the last line is a summary in JSON")
@click.option("--seed", type=int, default=7, show_default=True)
@click.option("--port", type=int, default=8080, show_default=True, help="of the page; 0: any")
@click.option("--quarter", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="only write a quarter of it, for `spendwatch tune`")  # fmt: skip
def command(length: timedelta, as_json: bool, seed: int, port: int, quarter: Path | None) -> None:
    """Watch a simulated organisation at sixty times its pace, with overruns to be found."""
    if quarter is not None:
        from spendwatch.quarter import write  # noqa: PLC0415 - a demo does without

        click.echo(f"{counted(write(quarter, seed), 'hourly bucket')}: {quarter}")
        return
    logs.configure("console", "warning")
    demo = Demo(seed=seed, length=length.total_seconds(), port=port, quiet=as_json)
    summary = demo.run()
    click.echo(json.dumps(summary) if as_json else verdict.told(summary))
