"""What the doubles of vendors share: a loopback server, a ledger, and faults on order."""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Handler = Callable[[web.Request, Any], Awaitable[web.Response]]


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one call: an answer, or none."""

    status: int | None = None
    """None: the connection is cut without an answer."""

    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    applied: bool = False
    """Whether it happened all the same."""

    held: bool = False
    """Whether the answer never comes, and the connection stays."""


LOST = Fault(applied=True)
"""Accepted, and the answer was lost."""

CUT = Fault()
"""Cut before anything happened."""


@dataclass(frozen=True)
class Call:
    """One request as it came in."""

    name: str
    body: Any
    headers: dict[str, str]


class Double:
    """A server on loopback that keeps what it is told to keep."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.faults: dict[str, deque[Fault]] = defaultdict(deque)
        self.url = ""
        self._app = web.Application()
        self._runner = web.AppRunner(self._app, shutdown_timeout=1.0)
        self._stopping = asyncio.Event()

    def route(self, method: str, path: str, name: str, handler: Handler) -> None:
        """Serve a path; `name` is how calls and faults are known."""

        async def handled(request: web.Request) -> web.StreamResponse:
            return await self._handle(request, name, handler)

        self._app.router.add_route(method, path, handled)

    def fail(self, name: str, *faults: Fault) -> None:
        """What is to go wrong with the next calls of that name."""
        self.faults[name].extend(faults)

    def named(self, name: str) -> list[Call]:
        """The calls of that name."""
        return [call for call in self.calls if call.name == name]

    async def start(self) -> None:
        """Listen on a free port of loopback."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def stop(self) -> None:
        """Close the port."""
        self._stopping.set()
        await self._runner.cleanup()

    async def _handle(
        self, request: web.Request, name: str, handler: Handler
    ) -> web.StreamResponse:
        raw = await request.text()
        body = json.loads(raw) if raw else dict(request.query)
        self.calls.append(Call(name, body, dict(request.headers)))
        fault = self.faults[name].popleft() if self.faults[name] else None
        answer = await handler(request, body) if fault is None or fault.applied else None
        if fault is None:
            assert answer is not None
            return answer
        if fault.held:
            await self._stopping.wait()
        if fault.status is None:
            if request.transport is not None:  # whoever called may have gone
                request.transport.abort()
            return web.Response()
        return web.json_response(fault.body or {}, status=fault.status, headers=fault.headers)
