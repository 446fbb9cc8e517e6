"""What a user can mend, said in a line: no traceback, exit code 2."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from streams.document import Faulty
from streams.log import LogError
from streams.sources.base import Unreadable

BAD = 2
"""Bad arguments, a rulebook or input that can't be read, a log that doesn't answer."""


class Failure(click.ClickException):
    """Said as it is, exit code 2."""

    exit_code = BAD


@contextmanager
def said() -> Iterator[None]:
    """Turn failures into words and an exit code."""
    try:
        yield
    except click.exceptions.Abort:
        click.echo("stopped", err=True)
        sys.exit(130)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(BAD)
    except Faulty as wrong:
        click.echo("the rulebook has mistakes:", err=True)
        for mistake in wrong.mistakes:
            click.echo(f"  {mistake}", err=True)
        sys.exit(BAD)
    except (Unreadable, LogError) as wrong:
        click.echo(f"Error: {wrong}", err=True)
        sys.exit(BAD)
    except OSError as wrong:
        where = f"{wrong.filename}: " if wrong.filename else ""
        click.echo(f"Error: {where}{wrong.strerror or wrong}", err=True)
        sys.exit(BAD)
