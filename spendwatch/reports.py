"""What a replay writes: one JSON object a line, money in integer nano-dollars, times in RFC 3339.

The same input gives the same bytes: lines stand in the order of the walk, keys in a fixed order.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ledger.pools import Driver, summed
from ledger.prices import STATES
from notifiers.rehearsal import rehearsed
from schemas import series
from schemas.columns import quantities
from schemas.kinds import Kind
from schemas.moments import micros
from schemas.records import Delivery, Finding, Incident, Tally
from spendwatch import charge_files
from spendwatch.lines import line
from spendwatch.report_lines import allocation_lines, finding_line, incident_line
from streams.log import Sheaf
from streams.replay import Pace
from streams.steps import tallying
from streams.steps.intake import Ints
from streams.steps.step import Output
from streams.walk import Walk, Walked

FILES = (
    "allocations.jsonl",
    "findings.jsonl",
    "incidents.jsonl",
    "notices.jsonl",
    "rejected.jsonl",
)
SUMMARY = "summary.json"


class Reports:
    """The files of one replay; a context, as files are."""

    def __init__(self, folder: Path, form: str = "jsonl") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._form = folder, form
        self._files: dict[str, TextIO] = {}
        self.counts: Counter[str] = Counter()
        self.by_model: Counter[str] = Counter()
        self.by_state: Counter[str] = Counter()
        self.by_unit: Counter[str] = Counter()
        self.quantities: Counter[str] = Counter()
        self._incidents: dict[str, Incident] = {}
        self._delivered: dict[tuple[str, str], Delivery] = {}

    def __enter__(self) -> "Reports":
        (self._folder / SUMMARY).unlink(missing_ok=True)  # an older one would belong to other files
        self._files = {
            name: (self._folder / name).open("w", encoding="utf-8", newline="\n") for name in FILES
        }
        self._held = charge_files.opened(self._form, self._folder)
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()
        for file in self._files.values():
            file.close()

    def _write(self, name: str, values: Iterable[Mapping[str, Any]]) -> None:
        self._files[name].writelines(line(value) for value in values)

    def take(self, pace: Pace, walk: Walk) -> None:
        """Write what one batch of a replay led to."""
        self._write("rejected.jsonl", self._rejections(pace))
        if pace.walked is None:
            return
        self.counts["duplicates"] += pace.walked.metered.counts.get("duplicates", 0)
        for output in pace.walked.metered.outputs:
            if isinstance(output, Sheaf) and len(output.keys):
                self._charges(output.rows)
        self._units(pace.walked)
        self._findings(pace.walked)
        self._notices(pace.walked, walk)

    def _rejections(self, pace: Pace) -> Iterator[dict[str, Any]]:
        for fault in pace.faults():
            self.counts["rejected"] += 1
            file, number, original = fault.origin
            yield {
                "reason": fault.reason,
                "detail": fault.detail,
                "file": file,
                "line": number,
                "original": original[:4096].decode(errors="replace"),
            }

    def _charges(self, charges: pa.RecordBatch) -> None:
        """Write charges, and add them up by what they were for."""
        cost = np.asarray(charges.column("cost_nano_usd"))
        self.counts["charges"] += len(charges)
        model = charges.column("model")
        named = pc.if_else(pc.equal(model, ""), charges.column("type"), model)
        _add(self.by_model, named, cost)
        _add(self.by_state, charges.column("price_state"), cost)
        for name, held in zip(quantities(), charges.column("quantities").flatten(), strict=True):
            self.quantities[name] += pc.sum(held).as_py()
        self._held.write(charges)

    def _units(self, walked: Walked) -> None:
        """Business units, what nobody owns, and what stays with a pool."""
        for tally in _tallies([*walked.metered.outputs, *walked.split]):
            units = {name: unit for name in tally.names if (unit := _unit(name))}
            for name, kind, cost in tallying.rows(tally, "kind", "cost") if units else ():
                if name in units and kind != Kind.FINAL:
                    self.by_unit[units[name]] += cost

    def _findings(self, walked: Walked) -> None:
        said = [one.record for one in walked.docket if isinstance(one.record, Finding)]
        breaches = [one for one in said if one.phase == "breach"]
        self.counts["findings"] += len(breaches)
        self._write("findings.jsonl", (finding_line(one) for one in breaches))

    def _notices(self, walked: Walked, walk: Walk) -> None:
        for incident in walked.incidents:
            name = incident.id
            self._incidents[name] = incident
            organisation = walk.books.at(micros(incident.updated_at)).rulebook.organisation
            for place in incident.places:
                known = self._delivered.get((name, place))
                record, notice = rehearsed(known, incident, place, organisation)
                if record is not None:
                    self._delivered[name, place] = record
                if notice is not None:
                    held = {**asdict(notice), "time": incident.updated_at}
                    self._write("notices.jsonl", [held])

    def finish(self, walk: Walk, usages: int) -> Mapping[str, Any]:
        """Write what stands at the end; returns the summary."""
        self._write("allocations.jsonl", allocation_lines(walk))
        incidents = [self._incidents[name] for name in sorted(self._incidents)]
        incidents.sort(key=lambda one: (one.opened_at, one.id))
        self._write("incidents.jsonl", (incident_line(one) for one in incidents))
        summary = {
            "usages": usages,
            "charges": self.counts["charges"],
            "duplicates": self.counts["duplicates"],
            "rejected": self.counts["rejected"],
            "cost_nano_usd": self.by_state.total(),
            "tokens": summed(self.quantities, Driver.TOKENS),
            "calls": summed(self.quantities, Driver.CALLS),
            "quantities": {name: count for name, count in self.quantities.items() if count},
            "by_price_state": {str(state): self.by_state[str(state)] for state in STATES},
            "by_business_unit": dict(sorted(self.by_unit.items())),
            "by_model": dict(sorted(self.by_model.items())),
            "findings": self.counts["findings"],
            "incidents": len(incidents),
        }
        text = json.dumps(summary, indent=2, ensure_ascii=False) + "\n"
        (self._folder / SUMMARY).write_text(text, encoding="utf-8")
        return summary


def _add(sums: Counter[str], names: Any, cost: Ints) -> None:
    """Add costs to the sums of their names, in whole numbers of any size."""
    coded = names.dictionary_encode()
    codes = np.asarray(coded.indices)
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    wide = int(cost.max()) * len(cost) >= 2**63
    added = np.add.reduceat(cost[order].astype(object) if wide else cost[order], starts)
    for name, amount in zip(coded.dictionary.to_pylist(), added.tolist(), strict=True):
        sums[name] += amount


def _unit(name: str) -> str:
    """What a series is summed under in the summary; empty for those that are not."""
    level, values = series.split(name)
    if level == series.UNIT:
        return values[0]
    return f"pool/{values[0]} unallocated" if level == series.UNALLOCATED else ""


def _tallies(outputs: Iterable[Output | Sheaf]) -> Iterable[Tally]:
    for output in outputs:
        if isinstance(output, Output) and isinstance(output.record, Tally):
            yield output.record
