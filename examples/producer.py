"""Reports a model call over HTTP: nothing but the standard library.

The id is the provider's own id of the response: sent again after an error, the call counts once.
"""

import json
import sys
import time
import urllib.request
from collections.abc import Mapping

URL = "http://127.0.0.1:8080/v1/usage"

EVENT = {
    "specversion": "1.0",
    "id": "chatcmpl-8fRc3Kq",
    "source": "/svc/chat",
    "type": "ai.usage.llm.v1",
    "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    "data": {
        "provider": "openai",
        "model": "gpt-4o",
        "application": "chat",
        "environment": "production",
        # OpenAI's prompt_tokens hold the cached ones: `input_total` says so and takes them apart
        "quantities": {"input_total": 2000, "cache_read": 800, "output": 350, "requests": 1},
    },
}


def report(event: Mapping[str, object], url: str = URL, token: str = "") -> int:
    """Send one usage; 202 once the log has it. `token` is what SPENDWATCH_TOKEN says, if it does.

    Raises urllib.error.HTTPError with the reason in its body, URLError.
    """
    headers = {"Content-Type": "application/cloudevents+json"}
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(url, json.dumps(event).encode(), headers)  # noqa: S310
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - our own address
        return int(answer.status)


if __name__ == "__main__":
    sys.stdout.write(f"{report(EVENT)}\n")
