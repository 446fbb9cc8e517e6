"""The list of released contracts: `make release-schemas` adds those that are new.

A released contract is never edited, so one whose file has changed is refused. Until the first
release `--anew` writes the whole list again.
"""

import json
import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from schemas import contracts

FILE = Path(__file__).parents[2] / "schemas" / "released.json"


def hashes() -> dict[str, str]:
    """Contract name to the SHA-256 of its file as it stands."""
    return {name: sha256(contracts.text(name).encode()).hexdigest() for name in contracts.names()}


def released() -> dict[str, str]:
    """Contract name to the SHA-256 of its file when it was released."""
    found: dict[str, str] = json.loads(FILE.read_text()) if FILE.exists() else {}
    return found


def edited(known: Mapping[str, str]) -> list[str]:
    """Released contracts whose file has changed or is gone."""
    now = hashes()
    return sorted(name for name, digest in known.items() if now.get(name) != digest)


def main(arguments: list[str]) -> int:
    """Write the list; 1 where a released contract was edited."""
    known = {} if "--anew" in arguments else released()
    if wrong := edited(known):
        sys.stderr.write(f"released contracts were edited: {', '.join(wrong)}\n")
        return 1
    FILE.write_text(json.dumps(hashes(), indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
