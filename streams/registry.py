"""Knows the contracts' ids in a Confluent schema registry, and registers those that are new.

One topic carries several records, so a subject is a record's full name, `spendwatch.Usage`
(RecordNameStrategy). Asked once, when a worker starts. (docs.confluent.io, "Schema Registry API
Reference".)
"""

import base64
import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from schemas import contracts, evolution
from streams.log import LogError, Unreachable

SECONDS = 10.0
"""How long the registry may take for one answer."""

KIND = "application/vnd.schemaregistry.v1+json"


@dataclass(frozen=True, slots=True)
class Registry:
    """A schema registry at a URL; `ca` is a file of certificates to trust instead of the system's.

    A password travels over https only. Raises ValueError on a URL that can't be used.
    """

    url: str
    user: str = ""
    password: str = field(default="", repr=False)
    ca: str | None = None

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("schema registry: an http or https URL is needed")
        if parts.username or parts.password:
            raise ValueError("schema registry: user and password don't belong into the URL")
        if self.user and parts.scheme != "https":
            raise ValueError("schema registry: a password travels over https only")

    def ids(self, register: bool = True) -> Mapping[str, int]:
        """Contract name to id, for `schemas.codec.Codec`.

        What is missing is registered, oldest version first, or refused where `register` is off.
        Raises Unreachable, LogError.
        """
        with self._connected() as connection:
            return {name: self._id(connection, name, register) for name in contracts.names()}

    def _id(self, connection: HTTPConnection, name: str, register: bool) -> int:
        subject = f"/subjects/{subject_of(name)}"
        schema = {"schema": contracts.text(name), "schemaType": "AVRO"}
        status, answer = self._ask(connection, "POST", subject, schema)
        if status == 404 and register:
            self._demand(connection, "PUT", f"/config/{subject_of(name)}", rule_of(name), name)
            return id_in(
                self._demand(connection, "POST", f"{subject}/versions", schema, name), name
            )
        if status == 404:
            raise LogError(f"{self._at(name)} is not registered as {subject_of(name)}")
        return id_in(self._good(status, answer, name), name)

    def _demand(
        self, connection: HTTPConnection, method: str, path: str, body: Mapping[str, str], name: str
    ) -> Any:
        """What the registry answers, if it agrees. Raises LogError."""
        return self._good(*self._ask(connection, method, path, body), name)

    def _ask(
        self, connection: HTTPConnection, method: str, path: str, body: Mapping[str, str]
    ) -> tuple[int, Any]:
        """Status and JSON of one request. Raises Unreachable, LogError."""
        base = urlsplit(self.url).path.rstrip("/")
        try:
            connection.request(method, base + path, json.dumps(body), self._headers())
            response = connection.getresponse()
            text = response.read()
        except ssl.SSLError as wrong:
            raise LogError(f"schema registry at {self.url}: {wrong}") from None
        except (OSError, HTTPException) as wrong:
            raise Unreachable(f"schema registry at {self.url} does not answer: {wrong}") from None
        return response.status, parsed(text)

    def _good(self, status: int, answer: Any, name: str) -> Any:
        """The answer, if its status says so. Raises Unreachable, LogError."""
        if status == 200:
            return answer
        said = answer.get("message", "") if isinstance(answer, dict) else ""
        if status >= 500:
            raise Unreachable(f"{self._at(name)}: it fails with {status} {said}".rstrip())
        if status in (401, 403):
            raise LogError(f"{self._at(name)}: user {self.user!r} is refused ({status})")
        if status == 409:
            raise LogError(f"{self._at(name)} does not fit what is registered before it: {said}")
        raise LogError(f"{self._at(name)}: {status} {said}".rstrip())

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": KIND, "Accept": KIND}
        if self.user:
            token = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            headers["Authorization"] = f"Basic {token}"
        return headers

    @contextmanager
    def _connected(self) -> Iterator[HTTPConnection]:
        parts = urlsplit(self.url)
        host = str(parts.hostname)
        if parts.scheme == "http":
            connection = HTTPConnection(host, parts.port, timeout=SECONDS)
        else:
            trust = ssl.create_default_context(cafile=self.ca)
            connection = HTTPSConnection(host, parts.port, timeout=SECONDS, context=trust)
        with closing(connection):
            yield connection

    def _at(self, name: str) -> str:
        return f"schema registry at {self.url}: contract {name}"


def subject_of(name: str) -> str:
    """The registry's subject of a contract: its record's full name."""
    full: str = contracts.parsed(name)["name"]
    return full


def rule_of(name: str) -> Mapping[str, str]:
    """What later versions of a contract's record must agree with."""
    return {"compatibility": evolution.rule_of(contracts.record_of(name))}


def id_in(answer: Any, name: str) -> int:
    """The id in an answer. Raises LogError."""
    found = answer.get("id") if isinstance(answer, dict) else None
    if not isinstance(found, int):
        raise LogError(f"the schema registry's answer for contract {name} holds no id")
    return found


def parsed(text: bytes) -> Any:
    """The JSON of an answer; None where it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None
