"""Which sources a first rulebook expects to hear from, and how often."""

from collections.abc import Iterator, Mapping

from schemas.moments import DAY_MINUTES, MINUTE
from spendwatch.drafting.remarks import off, said
from spendwatch.drafting.sighting import Pulse, Seen
from spendwatch.drafting.spelling import globbed

STEADY = 5
"""Minutes: a source that never was silent for longer, around the clock, is a steady feed."""

NEARLY = 30
"""Minutes: one that never was silent for longer could be one."""

GRACE = 3
"""A feed may be silent for so many times its longest silence before that is told."""

MOST = 50
"""Sources that are named; where there are more, somebody should choose."""


def cut(seen: Seen) -> Iterator[str]:
    """The cut `feeds`, one series for each source that should speak."""
    named, nearly = _within(seen, 0, STEADY), _within(seen, STEADY, NEARLY)
    lines = ["  - name: feeds", "    by: [source]", "    when:", "      source:"]
    yield from said("Sources that spoke around the clock; of others, silence says nothing.", "  ")
    yield from lines if named else off(lines)
    yield from (_entry(source, pulse) for source, pulse in named.items())
    yield from off(_entry(source, pulse) for source, pulse in nearly.items())
    if not named and not nearly:
        yield from off(['        - "/feeds/*"'])


def _entry(source: str, pulse: Pulse) -> str:
    return f"        - {globbed(source)}  # silent for {_minutes(pulse):.1f} minutes at most"


def _minutes(pulse: Pulse) -> float:
    return pulse.longest / MINUTE


def _within(seen: Seen, above: int, most: int) -> Mapping[str, Pulse]:
    """Sources whose longest silence is in `(above, most]` minutes; file names are none."""
    found = {
        source: pulse
        for source, pulse in sorted(seen.pulses.items())
        if above < _minutes(pulse) <= most
        and source not in seen.files
        and pulse.last - pulse.first >= DAY_MINUTES * MINUTE
        and seen.last - pulse.last <= most * MINUTE
    }
    return dict(list(found.items())[:MOST])


def detector(seen: Seen) -> Iterator[str]:
    """The detector of silences."""
    named = _within(seen, 0, STEADY)
    slowest = max((_minutes(pulse) for pulse in named.values()), default=STEADY)
    expect = -(-GRACE * slowest // STEADY) * STEADY
    line = f'{{name: silent, kind: silence, series: ["feeds:*"], expect: every {expect:.0f}m}}'
    yield from [f"  - {line}"] if named else off([f"  - {line}"])
