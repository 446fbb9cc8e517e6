"""An organisation with as many live series as asked for: its rulebook and its usage in columns.

One application in fifty series, ten applications a service, ten services a business unit; all
other series are keys of applications, in eight cuts so that partitions share them. Every usage
adds to five series: its key, application, service, business unit and the organisation.
Applications that are to overrun come on top; they have a limit and no usage of their own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas import cloudevents, columns
from schemas.moments import EPOCH, MINUTE, micros
from streams import rulebook
from streams.book import Book, Books
from streams.steps.intake import Ints
from streams.steps.rowset import ODD

START = micros(datetime(2026, 11, 3, 12, tzinfo=UTC))
"""When its usage begins, microseconds since 1970."""

GROUPS = 8
FEWEST = 20
"""Series of the smallest organisation."""

DETECTORS = f"""
detectors:
  - {{name: burst, kind: records, grain: minute, series: ["application:*", "keys-?:*"],
     once_in_days: 90, floor_usd: 2}}
  - {{name: day, kind: records, grain: hour, series: ["application:*", "service:*"],
     once_in_days: 90, floor_usd: 10}}
  - {{name: new-keys, kind: newcomer, series: ["keys-?:*"], floor_usd: 25}}
policies:
  - {{name: tripled, kind: growth, series: ["application:*"], window: 4h, times: 3, floor_usd: 15}}
places: [{{name: screen, kind: console}}]
routes: [{{places: [screen]}}]
cuts:
{
    "".join(
        f'  - {{name: keys-{n}, by: [application, principal], when: {{application: "app{n}-*"}}}}'
        + chr(10)
        for n in range(GROUPS)
    )
}"""


LIMIT_USD = 10
GUARD = f"""
policies:
  - {{name: guard, kind: limit, series: ["application:hot-*"], usd: {LIMIT_USD}, window: 1h}}"""


@dataclass(frozen=True)
class Organisation:
    """So many series, all of them alive; at least FEWEST."""

    series: int
    start: int = START
    overruns: int = 0
    """Applications that are to overrun."""

    @cached_property
    def applications(self) -> list[str]:
        """Their ids."""
        return [f"app{index % GROUPS}-{index}" for index in range(max(self.series // 50, 1))]

    @property
    def hot(self) -> list[str]:
        """The ids of those that are to overrun."""
        return [f"hot-{number}" for number in range(self.overruns)]

    @property
    def services(self) -> int:
        """How many services there are."""
        return -(-len(self.applications) // 10)

    @property
    def units(self) -> int:
        """How many business units there are."""
        return -(-self.services // 10)

    @property
    def keys(self) -> int:
        """How many keys there are: all series that are no owner's."""
        return self.series - len(self.applications) - self.services - self.units - 1

    @property
    def text(self) -> str:
        """Its rulebook."""
        owners = [
            *(f"{{id: unit-{n}, level: business_unit}}" for n in range(self.units)),
            *(
                f"{{id: service-{n}, level: service, under: unit-{n // 10}}}"
                for n in range(self.services)
            ),
            *(
                f"{{id: {name}, level: application, under: service-{n // 10}}}"
                for n, name in enumerate(self.applications)
            ),
            *(f"{{id: {name}, level: application, under: service-0}}" for name in self.hot),
        ]
        named = [*self.applications, *self.hot]
        rules = [f"{{owner: {name}, when: {{application: {name}}}}}" for name in named]
        listed = "\nowners:\n{}\nrules:\n{}\n".format(
            *("\n".join(f"  - {one}" for one in part) for part in (owners, rules))
        )
        watched = DETECTORS.replace("\npolicies:", GUARD) if self.overruns else DETECTORS
        return f"organisation: many\n{listed}{watched}"

    @cached_property
    def books(self) -> Books:
        """Its rulebook, in force for ever."""
        return Books([Book("benchmark", EPOCH, rulebook.read(self.text))])

    def usage(
        self, count: int, a_minute: int, batch: int, first: int = 0, *, skewed: bool = False
    ) -> Iterator[pa.RecordBatch]:
        """So many usages from the `first` on, evenly in time, `a_minute` of them every minute.

        Keys take turns, so that all are alive in a minute that has as many usages as keys; or a
        few of them have most of the usage, see `_skewed`.
        """
        for start in range(first, first + count, batch):
            stop = min(start + batch, first + count)
            number = np.arange(start, stop, dtype=np.int64)
            key = self._skewed(number) if skewed else number * 7919 % self.keys
            yield self._rows(number, key, a_minute)

    def _skewed(self, number: Ints) -> Ints:
        """Keys by Zipf's law: the k-th has a k-th of the usage that the first has.

        The first tenth of 50,000 keys has four fifths of the usage. Of the clients that ServeGen
        published (arXiv 2505.09999, three models, 22 to 81 clients) it has 66 to 86 %.
        """
        spread = number.astype(np.uint64) * ODD
        share = np.cumsum(1 / np.arange(1, self.keys + 1))
        keys: Ints = np.searchsorted(share, spread / 2**64 * share[-1])
        return keys

    def _rows(self, number: Ints, key: Ints, a_minute: int) -> pa.RecordBatch:
        application = pa.array(self.applications).take(pa.array(key % len(self.applications)))
        text = pa.array(key).cast(pa.string())
        made: dict[str, pa.Array] = {
            "id": pc.binary_join_element_wise("usage", pa.array(number).cast(pa.string()), "-"),
            "source": pc.binary_join_element_wise("/gateways/", application, ""),
            "type": pa.repeat(cloudevents.LLM, len(number)),
            "time": times(self.start + number * MINUTE // a_minute),
            "provider": pa.repeat("openai", len(number)),
            "model": pa.repeat("gpt-4o-mini", len(number)),
            "application": application,
            "principal": pc.binary_join_element_wise("key", text, "-"),
            "environment": pa.repeat("production", len(number)),
            "tier": pa.repeat("standard", len(number)),
            "outcome": pa.repeat("ok", len(number)),
            "quantities": quantities(number),
        }
        schema = columns.arrow(columns.USAGE)
        arrays = [
            made[field.name] if field.name in made else blank(field.type, len(number))
            for field in schema
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=schema)


def times(at: Ints) -> pa.Array:
    """Microseconds since 1970 as the contract wants them."""
    return pa.array(at).cast(pa.timestamp("us", "UTC"))


BLANK = {pa.string(): "", pa.bool_(): False}


def blank(kind: pa.DataType, count: int) -> pa.Array:
    """A column that says nothing."""
    return pa.array([BLANK.get(kind, 0)]).cast(kind).take(pa.array(np.zeros(count, np.int64)))


def quantities(number: Ints) -> pa.Array:
    """Tokens of each call, between 200 and 3,000 for the prompt and a fifth of that out."""
    prompt = 200 + number * 104_729 % 2_800
    amounts = {"requests": np.ones_like(number), "input_uncached": prompt, "output": prompt // 5}
    kind = columns.arrow(columns.USAGE).field("quantities").type
    nothing = np.zeros_like(number)
    arrays = [pa.array(amounts.get(field.name, nothing)) for field in kind]
    return pa.StructArray.from_arrays(arrays, fields=list(kind))
