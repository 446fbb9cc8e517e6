"""Calls over HTTP to the vendors' side: guarded addresses, verified TLS, no redirects, no retries.

What can go wrong on the way is told apart by one question: may it have happened?
"""

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from notifiers.addresses import Forbidden, Reach
from notifiers.base import NotSent, Refused, Uncertain, Unreachable

CONNECT_SECONDS = 3.0
TOTAL_SECONDS = 10.0
LONGEST_ANSWER = 1 << 20
"""Bytes of an answer that are read; no vendor's answer to us is near it."""


class Blocked(OSError):
    """A name that resolves to no address that may be called."""


class GuardedResolver(AbstractResolver):
    """Resolves names to the addresses within reach; what it answers is what gets connected."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._names = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The allowed addresses of a name. Raises Blocked when none is, OSError without a name."""
        found = await self._names.resolve(host, port, family)
        allowed = [one for one in found if self._reach.allows(ip_address(one["host"]))]
        if not allowed:
            raise Blocked("address_not_allowed")
        return allowed

    async def close(self) -> None:
        """Nothing is held open."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `headers` ignore case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Outbound:
    """The way to one place; its connections are opened at the first call."""

    def __init__(
        self, reach: Reach, ca_file: str | None = None, seconds: float = TOTAL_SECONDS
    ) -> None:
        self._reach = reach
        self._ca_file = ca_file
        self._seconds = seconds
        self._session: aiohttp.ClientSession | None = None

    async def request(self, method: str, url: str, **more: Any) -> Answer:
        """One call, one answer, whatever its status. Raises Unreachable, Uncertain or Refused.

        `more` is what aiohttp's request takes, such as json, data, params and headers.
        """
        self.check(url)
        try:
            async with self.session().request(method, url, allow_redirects=False, **more) as got:
                body = await got.content.read(LONGEST_ANSWER)
                return Answer(got.status, got.headers, body)
        except (aiohttp.ClientError, TimeoutError, OSError) as wrong:
            raise lost(wrong) from None

    def check(self, url: str) -> None:
        """Raises Refused where the URL is out of reach."""
        try:
            self._reach.check(url)
        except Forbidden as wrong:
            raise Refused(str(wrong)) from None

    def session(self) -> aiohttp.ClientSession:
        """The session with its guards; call it inside the running loop."""
        if self._session is None:
            connector = aiohttp.TCPConnector(
                resolver=GuardedResolver(self._reach),
                use_dns_cache=False,
                ssl=_trust(self._ca_file),
            )
            timeout = aiohttp.ClientTimeout(total=self._seconds, sock_connect=CONNECT_SECONDS)
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=timeout, trace_configs=[_no_redirects()]
            )
        return self._session

    async def close(self) -> None:
        """Let go of connections; a later call opens new ones."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def lost(wrong: Exception) -> NotSent:
    """What a failed exchange means. No connection, nothing happened; otherwise it may have.

    The name holds no address: the address of a webhook is a secret.
    """
    name = type(wrong).__name__
    if isinstance(wrong, aiohttp.ClientConnectorError):
        blocked = isinstance(wrong.os_error, Blocked)
        return Refused("address_not_allowed") if blocked else Unreachable(name)
    if isinstance(wrong, aiohttp.ConnectionTimeoutError):
        return Unreachable(name)
    if isinstance(wrong, aiohttp.InvalidURL):
        return Refused("bad_url")
    return Uncertain(name)


def _no_redirects() -> aiohttp.TraceConfig:
    """A client that follows redirects by itself, as slack_sdk does, is stopped at the first."""
    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(_redirected)
    return trace


async def _redirected(*_: object) -> None:
    raise Refused("redirected")


def _trust(ca_file: str | None) -> ssl.SSLContext:
    """Certificates are always verified; a file adds the organisation's own authority.

    Raises Refused where the file can't be read.
    """
    try:
        context = ssl.create_default_context()
        if ca_file is not None:
            context.load_verify_locations(cadata=Path(ca_file).read_text())
    except (OSError, ValueError):
        raise Refused("ca_file_unreadable") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
