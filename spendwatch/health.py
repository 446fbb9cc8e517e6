"""What a supervisor asks: metrics for Prometheus, and whether the process makes progress."""

import asyncio
from typing import TYPE_CHECKING

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

if TYPE_CHECKING:
    from spendwatch.service import Service

logger = structlog.get_logger()


async def serve(service: "Service", stop: asyncio.Event) -> None:
    """`/metrics`, `/healthz` and `/readyz` until `stop` is set."""
    app = web.Application()

    async def metrics(_: web.Request) -> web.Response:
        body = generate_latest(service.metrics.registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def healthy(_: web.Request) -> web.Response:
        fine = service.workers.healthy()
        return web.json_response({"healthy": fine}, status=200 if fine else 503)

    app.router.add_get("/metrics", metrics)
    app.router.add_get("/healthz", healthy)
    app.router.add_get("/readyz", healthy)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, service.settings.host, service.settings.metrics_port)
        await site.start()
        logger.info("metrics_served", port=runner.addresses[0][1])
        await stop.wait()
    finally:
        await runner.cleanup()
