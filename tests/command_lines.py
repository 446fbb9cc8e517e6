"""Command lines of ours, as click reads them: down to the last option, and not run."""

from collections.abc import Sequence

import click

from spendwatch.cli import spendwatch


def parsed(words: Sequence[str]) -> click.Context:
    """What `spendwatch WORDS` would run. Raises click.UsageError."""
    command, rest = found(words)
    if isinstance(command, click.Group):
        raise click.UsageError("a command is missing")
    return command.make_context(command.name, rest)


def named(words: Sequence[str]) -> bool:
    """Whether the words, which may be only the beginning of a line, name what there is."""
    command, rest = found(words)
    options = {option for param in command.params for option in param.opts}
    return all(word in options for word in rest if word.startswith("-"))


def found(words: Sequence[str]) -> tuple[click.Command, list[str]]:
    """The command that the first words name, and the words after it. Raises click.UsageError."""
    command: click.Command = spendwatch
    rest = list(words)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        below = command.get_command(click.Context(command), rest[0])
        if below is None:
            raise click.UsageError(f"there is no command {rest[0]}")
        command, rest = below, rest[1:]
    return command, rest
