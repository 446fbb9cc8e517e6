"""The same work as one Faust agent at Faust's defaults: event by event, sums in a table.

A table is written for each series of each usage, and its changelog with it, as Faust's own guide
does it. It is at least once, and what comes of usage from several partitions is added up in one
process only, which is less than we do.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from benchmarks.peers._task import WIDTH, run
from benchmarks.peers.faust_chain import Chain, main


class Plain(Chain):
    """One run over a topic."""

    settings: Mapping[str, Any] = {}

    async def _meter(self, stream: Any) -> None:
        async for event in stream.events():
            self._watch.begin()
            message = event.message
            made = self._work.charge(message.value, message.offset)
            if made is not None:
                place = {"key": message.key, "partition": message.partition}
                await self._charge.send(value=made.body, **place)
                for series in self._work.series[made.line]:
                    self._sums[f"{series} {made.minute}"] += made.nano_usd
            self._added += WIDTH


if __name__ == "__main__":
    run(partial(main, make=Plain))
