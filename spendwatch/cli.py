"""The program: what a user types. Each command is a file in spendwatch/commands."""

import sys
from importlib import import_module

import click

COMMANDS = {
    "check": "check",
    "demo": "demo",
    "explain": "explain",
    "incident": "incident",
    "init": "init",
    "notify": "notify",
    "publish": "publish",
    "rejected": "rejected",
    "replay": "replay",
    "restate": "restate",
    "rulebook": "rulebook",
    "run": "run",
    "score": "score",
    "series": "series",
    "tune": "tune",
}
"""Command to the module that holds it; imported when it is asked for, so that each starts fast."""


class Commands(click.Group):
    """A group whose commands are imported by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"spendwatch.commands.{COMMANDS[cmd_name]}")
        command: click.Command = module.command
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="spendwatch")
def spendwatch() -> None:
    """Watches what an organisation spends on AI while the money is being spent."""


def main() -> None:
    """Run a command; what a user can mend is said in a line and ends with 2."""
    from spendwatch.failures import said  # noqa: PLC0415 - keeps `--help` fast

    with said():
        sys.exit(spendwatch.main(standalone_mode=False) or 0)
