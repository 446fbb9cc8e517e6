"""The bare limit: fastavro decodes and encodes every usage, and no work is done between."""

import io
from collections.abc import Callable
from typing import Any

import fastavro

from benchmarks.peers import _task, _transactions


def work(task: _task.Task) -> dict[str, Any]:
    """Take every usage over, out of Avro and back."""
    return _transactions.pass_on(task, _through(task.prefix("usage")))


def _through(prefix: bytes) -> Callable[[bytes], bytes]:
    schema = fastavro.parse_schema(_task.schema("usage.v1"))
    read, write, skip = fastavro.schemaless_reader, fastavro.schemaless_writer, len(prefix)

    def through(message: bytes) -> bytes:
        given, made = io.BytesIO(message), io.BytesIO()
        given.seek(skip)
        made.write(prefix)
        write(made, schema, read(given, schema, None))
        return made.getvalue()

    return through


if __name__ == "__main__":
    _task.run(work)
