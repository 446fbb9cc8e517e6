"""Options that many commands have."""

from pathlib import Path

import click

file = click.Path(dir_okay=False, path_type=Path)
embedded = click.option("--embedded", type=file, help="the log's file")
machine = click.option("--json", "machine", is_flag=True, help="for machines")
