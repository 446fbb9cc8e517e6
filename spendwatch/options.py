"""Arguments and options that many commands have."""

from pathlib import Path

import click

file = click.Path(dir_okay=False, path_type=Path)
embedded = click.option("--embedded", type=file, help="the log's file")
columns = click.option(
    "--map", "columns", type=file, help="how the columns of a table become usage"
)
machine = click.option("--json", "machine", is_flag=True, help="for machines")
