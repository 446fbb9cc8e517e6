"""What the tests of benchmarks share: one run as anybody types it, and what it tells."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def told(name: str, *arguments: str, servers: str = "") -> dict[str, Any]:
    """The last line of a benchmark, which must end well; on a Kafka if one is named."""
    kafka = {"KAFKA_BOOTSTRAP_SERVERS": servers} if servers else {}
    ran = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", *arguments],
        cwd=ROOT,
        env={**os.environ, **kafka},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found
