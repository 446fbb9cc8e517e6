"""Reports a model call straight to Kafka: for producers that must not depend on the web.

The key is `source|id` and the partitioner Kafka's own murmur2, so that a repeat comes to the same
partition, where it is dropped.
"""

import json
import sys
import time

from confluent_kafka import KafkaError, Message, Producer

TOPIC = "usage"
SETTINGS = {
    "bootstrap.servers": "127.0.0.1:9092",
    "partitioner": "murmur2_random",
    "enable.idempotence": True,  # waits for all replicas, keeps the order, repeats nothing
    "compression.type": "zstd",
}


def event(id_: str, model: str, quantities: dict[str, int]) -> dict[str, object]:
    """A CloudEvent in structured mode: one JSON object."""
    return {
        "specversion": "1.0",
        "id": id_,
        "source": "/svc/chat",
        "type": "ai.usage.llm.v1",
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "data": {
            "provider": "openai",
            "model": model,
            "application": "chat",
            "environment": "production",
            "quantities": quantities,
        },
    }


def report(producer: Producer, usage: dict[str, object]) -> None:
    """Hand one usage over; it is sent in the background."""
    key = f"{usage['source']}|{usage['id']}"
    producer.produce(TOPIC, json.dumps(usage), key, on_delivery=failed)
    producer.poll(0)


def failed(error: KafkaError | None, message: Message) -> None:
    """Say what did not arrive."""
    if error is not None:
        sys.stderr.write(f"{message.key()!r}: {error.str()}\n")


if __name__ == "__main__":
    out = Producer(SETTINGS)
    report(out, event("chatcmpl-8fRc3Kq", "gpt-4o", {"input_uncached": 1200, "output": 350}))
    sys.exit(1 if out.flush(10) else 0)
