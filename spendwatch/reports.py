"""What a replay writes: one JSON object a line, money in integer nano-dollars, times in RFC 3339.

The same input gives the same bytes: lines stand in the order of the walk, keys in a fixed order.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from detectors import DETECTORS
from ledger.prices import STATES
from notifiers.rehearsal import rehearsed
from schemas import columns, series
from schemas.kinds import Kind
from schemas.moments import micros, rfc3339
from schemas.records import Allocation, Delivery, Finding, Incident, Rejected, Tally
from streams.log import Sheaf
from streams.replay import Pace
from streams.sources.base import Item
from streams.steps.allocating import allocation
from streams.steps.step import Draft, Output
from streams.walk import Walk, Walked

FILES = (
    "charges.jsonl",
    "allocations.jsonl",
    "findings.jsonl",
    "incidents.jsonl",
    "notices.jsonl",
    "rejected.jsonl",
)
SUMMARY = "summary.json"
CHARGE_FIELDS = (
    "source", "id", "time", "type", "provider", "model", "business_unit", "service",
    "application", "owner", "rule", "environment", "principal", "tier", "cost_nano_usd",
    "price_state", "rate_id", "unpriced", "kind", "rulebook", "quantities",
)  # fmt: skip


def plain(value: Any) -> Any:
    """What JSON has no form for."""
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    raise TypeError(f"no JSON for {type(value).__name__}")


def line(value: Mapping[str, Any]) -> str:
    """One object as a line."""
    return json.dumps(value, default=plain, separators=(",", ":"), ensure_ascii=False) + "\n"


class Reports:
    """The files of one replay; a context, as files are."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._files: dict[str, TextIO] = {}
        self.counts: Counter[str] = Counter()
        self.by_model: Counter[str] = Counter()
        self.by_state: Counter[str] = Counter()
        self.by_unit: Counter[str] = Counter()
        self._incidents: dict[str, Incident] = {}
        self._delivered: dict[tuple[str, str], Delivery] = {}

    def __enter__(self) -> "Reports":
        (self._folder / SUMMARY).unlink(missing_ok=True)  # an older one would belong to other files
        self._files = {
            name: (self._folder / name).open("w", encoding="utf-8", newline="\n") for name in FILES
        }
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files.values():
            file.close()

    def _write(self, name: str, values: Iterable[Mapping[str, Any]]) -> None:
        self._files[name].writelines(line(value) for value in values)

    def take(self, pace: Pace, walk: Walk) -> None:
        """Write what one batch of a replay led to."""
        for item, why in pace.refused:
            self._reject(item, why.reason, why.detail)
        if pace.walked is None:
            return
        self.counts["duplicates"] += pace.walked.metered.counts.get("duplicates", 0)
        for output in pace.walked.metered.outputs:
            if isinstance(output, Sheaf):
                self._charges(output)
            elif isinstance(output.record, Rejected):
                rejected = output.record
                self._reject(pace.items[rejected.offset], rejected.reason, rejected.detail)
        self._units(pace.walked)
        self._findings(pace.walked)
        self._notices(pace.walked, walk)

    def _reject(self, item: Item, reason: str, detail: str) -> None:
        self.counts["rejected"] += 1
        original = item.original[:4096].decode(errors="replace")
        self._write(
            "rejected.jsonl",
            [
                {
                    "reason": str(reason),
                    "detail": detail,
                    "file": item.file,
                    "line": item.line,
                    "original": original,
                }
            ],
        )

    def _charges(self, sheaf: Sheaf) -> None:
        batch = columns.read(sheaf.bodies, columns.CHARGE) if sheaf.bodies else None
        for row in batch.to_pylist() if batch is not None else ():
            self.counts["charges"] += 1
            self.counts["cost_nano_usd"] += row["cost_nano_usd"]
            self.by_model[row["model"] or row["type"]] += row["cost_nano_usd"]
            self.by_state[row["price_state"]] += row["cost_nano_usd"]
            self._write("charges.jsonl", [charge_line(row)])

    def _units(self, walked: Walked) -> None:
        """Business units, what nobody owns, and what stays with a pool."""
        for tally in _tallies([*walked.metered.outputs, *walked.split]):
            for at, kind, cost in zip(tally.at, tally.kind, tally.cost, strict=True):
                level, values = series.split(tally.series[at])
                if level == series.UNIT and kind != Kind.FINAL:
                    self.by_unit[values[0]] += cost
                elif level == series.UNALLOCATED and kind != Kind.FINAL:
                    self.by_unit[f"pool/{values[0]} unallocated"] += cost

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
            "cost_nano_usd": self.counts["cost_nano_usd"],
            "by_price_state": {str(state): self.by_state[str(state)] for state in STATES},
            "by_business_unit": dict(sorted(self.by_unit.items())),
            "by_model": dict(sorted(self.by_model.items())),
            "findings": self.counts["findings"],
            "incidents": len(incidents),
        }
        text = json.dumps(summary, indent=2, ensure_ascii=False) + "\n"
        (self._folder / SUMMARY).write_text(text, encoding="utf-8")
        return summary


def _tallies(outputs: Iterable[Output | Sheaf]) -> Iterable[Tally]:
    for output in outputs:
        if isinstance(output, Output) and isinstance(output.record, Tally):
            yield output.record


def charge_line(row: Mapping[str, Any]) -> dict[str, Any]:
    """A charge as a line; `owner` is the path, `application` what the usage said itself."""
    path = f"{row['business_unit']}/{row['service']}/{row['owner']}"
    named = {**row, "owner": row["owner"] if row["owner"].startswith("pool/") else path}
    named["quantities"] = {name: held for name, held in row["quantities"].items() if held}
    return {name: named[name] for name in CHARGE_FIELDS}


def finding_line(finding: Finding) -> dict[str, Any]:
    """A finding as a line; the rule's name stands under `detector` or `policy`."""
    held = asdict(finding)
    part = "detector" if finding.cause in DETECTORS else "policy"
    return {
        "series": held.pop("series"),
        "bucket_start": held.pop("bucket_start"),
        "bucket": str(held.pop("bucket")),
        part: held.pop("rule"),
        **held,
    }


def incident_line(incident: Incident) -> dict[str, Any]:
    """An incident as a line."""
    return asdict(incident)


def allocation_lines(walk: Walk) -> Iterable[dict[str, Any]]:
    """Each owner and window at the end; the organisation is the sum of its units."""
    draft = Draft(walk.watching)
    reached = micros(walk.watching.get(("clock",)).time) if walk.watching.get(("clock",)) else 0
    book = walk.books.at(reached)
    for name in sorted(str(name) for name in walk.watching.below(("series",))):
        level, values = series.split(name)
        if level in series.TREE[1:]:
            yield from _windows(allocation(draft, name, book, reached), level)
        elif level == series.UNALLOCATED:
            whole = allocation(draft, name, book, reached)
            for depth, down in enumerate(series.TREE[1:]):
                path = "/".join([f"pool/{values[0]} unallocated", *["unallocated"] * depth])
                yield from _windows(whole, down, path)


def _windows(held: Allocation, level: str, path: str = "") -> Iterable[dict[str, Any]]:
    for window in held.windows:
        yield {"owner": path or held.owner, "level": level, **asdict(window)}
