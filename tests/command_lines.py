"""Command lines of ours, as click reads them: down to the last option, and not run."""

from collections.abc import Sequence

import click

from spendwatch.cli import spendwatch


def parsed(words: Sequence[str]) -> click.Context:
    """What `spendwatch WORDS` would run. Raises click.UsageError."""
    command: click.Command | None = spendwatch
    context: click.Context | None = None
    rest = list(words)
    while isinstance(command, click.Group):
        context = click.Context(command, info_name=command.name, parent=context)
        if not rest:
            raise click.UsageError("a command is missing", context)
        command, name, rest = command.get_command(context, rest[0]), rest[0], rest[1:]
        if command is None:
            raise click.UsageError(f"there is no command {name}", context)
    assert command is not None
    return command.make_context(command.name, rest, parent=context)
