"""A public trace of real calls, replayed: dollars, tokens and calls to the last one.

Nothing of ours is asked what it should cost: $2.50 and $10 for a million tokens of gpt-4o, which
are 2,500 and 10,000 nano-dollars a token. (openai.com/api/pricing.)
"""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.spendwatch.first_day_kit import Terminal

ROOT = Path(__file__).parents[2]
DATA = ROOT / "../shared/data/azure_llm_2023"
MAP = ROOT / "examples/azure_llm_2023.yaml"
PROGRAM = Path(sys.executable).parent / "spendwatch"
CALLS = {"code": 8_819, "conv": 19_366}
RULEBOOK = """
organisation: acme
owners:
  - {id: research, level: business_unit}
  - {id: traces, level: service, under: research}
  - {id: azure, level: application, under: traces}
rules: [{owner: azure, when: {application: azure-trace}}]
"""


def table(name: str) -> list[dict[str, str]]:
    """The rows of a trace; skips the test where there is none."""
    file = DATA / f"{name}.csv"
    if not file.exists():
        pytest.skip(f"no {file.name}: the trace is not part of this repository")
    with file.open(encoding="utf-8") as text:
        return list(csv.DictReader(text))


@pytest.mark.parametrize("name", CALLS)
def test_a_trace_costs_what_its_tokens_cost_to_the_nano_dollar(
    name: str, spendwatch: Terminal, tmp_path: Path
) -> None:
    rows = table(name)
    tokens = [(int(row["ContextTokens"]), int(row["GeneratedTokens"])) for row in rows]
    costs = [2_500 * read + 10_000 * written for read, written in tokens]
    book, out = tmp_path / "rulebook.yaml", tmp_path / "out"
    book.write_text(RULEBOOK, encoding="utf-8")

    done = spendwatch("replay", DATA / f"{name}.csv", "--map", MAP, "--rulebook", book,
                      "--out", out, "--strict")  # fmt: skip

    assert (done.code, done.err) == (0, "")
    said = json.loads((out / "summary.json").read_text())
    assert said["usages"] == said["charges"] == len(rows) == CALLS[name]
    assert said["cost_nano_usd"] == sum(costs)
    assert (said["tokens"], said["calls"]) == (sum(map(sum, tokens)), CALLS[name])
    assert said["by_business_unit"] == {"research": sum(costs)}
    assert said["by_model"] == {"gpt-4o": sum(costs)}
    assert said["by_price_state"] == {"resolved": sum(costs), "estimated": 0, "unpriced": 0}
    charges = [json.loads(line) for line in (out / "charges.jsonl").open(encoding="utf-8")]
    assert [one["cost_nano_usd"] for one in charges] == costs
    held = [one["quantities"] for one in charges]
    assert [(q["input_uncached"], q["output"]) for q in held] == tokens
    assert sum(one["requests"] for one in held) == CALLS[name]
    [month] = [one for one in map(json.loads, (out / "allocations.jsonl").open(encoding="utf-8"))
               if one["window"] == "month" and one["level"] == "application"]  # fmt: skip
    assert month["cost_nano_usd"] == sum(costs) and month["charges"] == CALLS[name]
    assert month["quantities"] == {
        "input_uncached": sum(read for read, _ in tokens),
        "output": sum(written for _, written in tokens),
        "requests": CALLS[name],
    }


def test_a_trace_replayed_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    table("code")
    outs = [tmp_path / seed for seed in ("1", "2")]
    for out in outs:
        line = ["replay", DATA / "code.csv", "--map", MAP, "--rulebook", ROOT / "rulebook.yaml"]
        again = {**os.environ, "PYTHONHASHSEED": out.name}
        typed = map(str, [PROGRAM, *line, "--out", out])
        subprocess.run(list(typed), check=True, env=again, capture_output=True)
    assert len(list(outs[0].iterdir())) == 7
    for file in outs[0].iterdir():
        assert file.read_bytes() == (outs[1] / file.name).read_bytes()
