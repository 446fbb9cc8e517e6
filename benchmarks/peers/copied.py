"""A copy of the bytes: no codec, no work."""

from typing import Any

from benchmarks.peers import _task, _transactions


def work(task: _task.Task) -> dict[str, Any]:
    """Take every usage over as it is."""
    return _transactions.pass_on(task, bytes)


if __name__ == "__main__":
    _task.run(work)
