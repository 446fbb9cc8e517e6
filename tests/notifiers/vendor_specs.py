"""The vendors' own API descriptions, where they are at hand."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

SPECS = Path(__file__).parents[3] / "shared" / "specs"
SLACK = "slack_web_openapi_v2_json_patched.json"
JIRA = "jira_cloud_v3_patched.json"


@cache
def spec(name: str) -> Any:
    """A vendor's description; skips the test where it is not there."""
    path = SPECS / name
    if not path.exists():
        pytest.skip(f"no {name} in ../shared/specs")
    return json.loads(path.read_text())


def check_slack(method: str, body: Any) -> None:
    """Holds a request's body against Slack's Swagger."""
    parameters = spec(SLACK)["paths"][f"/{method}"]["post"]["parameters"]
    schema = next(one["schema"] for one in parameters if one["name"] == "body")
    jsonschema.validate(body, schema)


def check_jira(path: str, verb: str, body: Any) -> None:
    """Holds a request's body against Jira's OpenAPI."""
    whole = spec(JIRA)
    operation = whole["paths"][path][verb]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    root = {**schema, "components": whole["components"]}
    jsonschema.Draft4Validator(root).validate(body)
