"""Who hears in a first rulebook: the terminal, until somebody names a channel."""

from collections.abc import Iterator

from spendwatch.drafting.remarks import off, said

SLACK = '  - {name: finops, kind: slack, channel: C0123456789, token: "env:SLACK_BOT_TOKEN"}'


def places() -> Iterator[str]:
    """The section `places`."""
    yield from said(
        "Who hears. Secrets stand here by name only: env:NAME or file:PATH. Try a place out with "
        "`spendwatch notify test NAME`."
    )
    yield "places:"
    yield "  - {name: terminal, kind: console}"
    yield from off([SLACK])


def routes() -> Iterator[str]:
    """The section `routes`."""
    yield from said("An incident goes to every route that matches.")
    yield "routes:"
    yield "  - {places: [terminal]}"
    yield from off(["  - {when: {severity: [sev1, sev2]}, places: [finops]}"])
