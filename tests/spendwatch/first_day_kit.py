"""A small log with a little of everything, and a terminal to type commands on."""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.codec import Codec
from schemas.moments import micros, rfc3339
from schemas.records import Delivery, Notice
from schemas.topics import widths
from spendwatch.cli import main
from streams.deliver_records import entries
from streams.embedded import EmbeddedLog
from streams.jobs import JOBS
from streams.log import Log
from streams.publishing import Publisher
from streams.rulebooks import Rulebooks
from streams.runner import Runner
from streams.shell import Shell
from streams.sources.base import Item

START = datetime(2026, 11, 3, tzinfo=UTC)
BURST = START + timedelta(hours=26)
END = BURST + timedelta(hours=2)
NOW = micros(END) + 100_000_000
CODEC = Codec()

RULEBOOK = """
organisation: acme
owners:
  - {id: retail, level: business_unit}
  - {id: support, level: service, under: retail}
  - {id: chat, level: application, under: support}
  - {id: agent, level: application, under: support}
rules:
  - {owner: chat, when: {application: chat}, name: all chats}
  - {owner: agent, when: {application: agent}}
rates:
  - {name: h100-hours, when: {type: gpu, resource: h100}, usd: {gpu_seconds: 2.90}, per: hour}
cuts:
  - {name: keys, by: [application, principal]}
detectors:
  - {name: burst, kind: records, grain: minute, series: ["application:*"], floor_usd: 1}
policies:
  - {name: rail, kind: limit, series: ["application:*"], usd: 3, window: 1h}
places:
  - {name: terminal, kind: console}
  - {name: finops, kind: slack, channel: C0FINOPS1, token: "env:NO_SUCH_TOKEN"}
routes:
  - {places: [terminal]}
"""


def event(id_: str, at: datetime, kind: str = "llm", **data: Any) -> dict[str, Any]:
    """A CloudEvent; a gpt-4o call of an application unless told otherwise."""
    usual = {"provider": "openai", "model": "gpt-4o", "application": "chat", "principal": "key-1"}
    return {
        "specversion": "1.0",
        "id": id_,
        "source": "/svc",
        "type": f"ai.usage.{kind}.v1",
        "time": rfc3339(at),
        "data": {**usual, **data},
    }


def events() -> Iterator[dict[str, Any]]:
    """A quiet day, a burst that ends (chat), one that goes on (agent), and odd ones."""
    for number in range(28 * 6):
        at = START + timedelta(minutes=10 * number)
        for application in ("chat", "agent"):
            quantities = {"input_uncached": 4000, "output": 100, "requests": 1}
            yield event(f"{application}-{number}", at, application=application,
                        quantities=quantities)  # fmt: skip
    yield event("chat-0", START, quantities={"output": 100})
    yield event("gpu-1", START + timedelta(hours=1), "gpu", provider="cluster", resource="h100",
                duration_s=100, quantities={"gpu_seconds": 250})  # fmt: skip
    yield event("own-1", START + timedelta(hours=2), model="house-7b", application="nobody",
                quantities={"input_uncached": 7, "output": 3})  # fmt: skip
    yield event("bad-1", START + timedelta(hours=3), quantities={"output": -1})
    yield event("bad-2", START + timedelta(hours=3), quantities={"letters": 1})
    for minute in range(10):
        yield event(f"burst-{minute}", BURST + timedelta(minutes=minute),
                    quantities={"output": 100_000})  # fmt: skip
    for minute in range(40):
        yield event(f"loop-{minute}", END - timedelta(minutes=minute), application="agent",
                    quantities={"output": 60_000})  # fmt: skip


def items() -> list[Item]:
    """The events as lines of a file, in order of time."""
    ordered = sorted(events(), key=lambda one: str(one["time"]))
    lines = [json.dumps(one).encode() for one in ordered]
    return [
        Item("usage.jsonl", number, line, line, micros(datetime.fromisoformat(one["time"])))
        for number, (line, one) in enumerate(zip(lines, ordered, strict=True), start=1)
    ]


class Steps:
    """All steps of a log, taking turns in this thread."""

    def __init__(self, log: Log, names: Sequence[str] = tuple(JOBS), now: int = NOW) -> None:
        shell = Shell(log, Rulebooks(log, CODEC), CODEC, lambda: now)
        self._runners = [Runner(JOBS[name], shell) for name in names]
        for runner in self._runners:
            runner.join("0")

    def turn(self) -> None:
        """Until there is nothing left to do."""
        while any([runner.turn(0.0) for runner in self._runners]):  # noqa: C419
            pass

    def leave(self) -> None:
        """Let others run them."""
        for runner in self._runners:
            runner.leave()


def opened(file: Path, now: int = NOW, usages: int = 1, tallies: int = 1) -> EmbeddedLog:
    """The log in a file; its clock stands still."""
    return EmbeddedLog(file, widths(usages, tallies), lambda: now)


def build(file: Path, usages: int = 1, tallies: int = 1) -> None:
    """Make the log: published, and taken through every step."""
    log = opened(file, NOW, usages, tallies)
    Rulebooks(log, CODEC).publish(RULEBOOK)
    for _ in Publisher(log, CODEC, lateness_s=5).publish(items()):
        pass
    steps = Steps(log)
    steps.turn()
    steps.leave()
    log.close()


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]


class Terminal:
    """Types commands; nothing it shows is wider than a reader's screen would be."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys, self._monkeypatch = capsys, monkeypatch
        monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)

    def __call__(self, *arguments: str | Path) -> Done:
        self._monkeypatch.setattr(sys, "argv", ["spendwatch", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = self._capsys.readouterr()
        return Done(int(ended.value.code or 0), shown.out, shown.err)


def told(file: Path, incident: str) -> None:
    """Leave what deliver leaves when a place has been told of an incident."""
    record = Delivery(
        incident=incident, place="terminal", desired=1, delivered=1, generation=1, phase="idle",
        remote={"channel": "here"}, attempt=0,
    )  # fmt: skip
    notice = Notice(incident=incident, revision=1, place="terminal", text="Something costs much")
    log = opened(file)
    log.append(entries(CODEC, 0, record, [notice]))
    log.close()
