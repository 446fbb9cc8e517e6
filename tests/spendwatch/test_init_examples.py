"""The examples for producers: what they send is usage."""

import importlib.util
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest

from schemas import cloudevents
from schemas.keys import identity

EXAMPLES = Path(__file__).parents[2] / "examples"


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Web(BaseHTTPRequestHandler):
    """Takes what is posted."""

    taken: ClassVar[list[tuple[str, str, bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.taken.append((self.path, self.headers.get("Authorization", ""), body))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Web)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1/usage"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_producer_over_http_sends_usage(address: str) -> None:
    Web.taken.clear()
    producer = example("producer")
    assert producer.report(producer.EVENT, address, "token") == 202
    [(path, authorization, body)] = Web.taken
    assert (path, authorization) == ("/v1/usage", "Bearer token")
    row = cloudevents.parse(body)
    assert row["quantities"]["input_uncached"] == 1200 and row["application"] == "chat"


class Out:
    """What a Kafka producer is handed."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str, str]] = []

    def produce(self, topic: str, value: str, key: str, **_: Any) -> None:
        self.taken.append((topic, value, key))

    def poll(self, seconds: float) -> None:
        assert seconds == 0


def test_the_producer_to_kafka_sends_usage_under_its_identity() -> None:
    producer, out = example("producer_kafka"), Out()
    producer.report(out, producer.event("e1", "gpt-4o", {"output": 3}))
    [(topic, value, key)] = out.taken
    row = cloudevents.parse(value)
    assert topic == "usage" and key.encode() == identity(row["source"], row["id"])
    assert json.loads(value)["data"]["quantities"] == {"output": 3}
    assert producer.SETTINGS["partitioner"] == "murmur2_random"
