"""A receiver of webhooks that verifies each and keeps each id once."""

from typing import Any

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from tests.notifiers.vendor_double import Double

SECRET = "whsec_Y2FuYXJ5LXdlYmhvb2stc2VjcmV0LWl0c2VsZg=="
OTHER = "whsec_YW5vdGhlci13ZWJob29rLXNlY3JldC1vZi1vdXJz"


class WebhookDouble(Double):
    """Knows one secret; what is not signed with it is refused."""

    def __init__(self) -> None:
        super().__init__()
        self.events: dict[str, Any] = {}
        self.route("POST", "/hook", "hook", self._receive)

    async def _receive(self, request: web.Request, body: Any) -> web.Response:
        try:
            Webhook(SECRET).verify(await request.text(), dict(request.headers))
        except WebhookVerificationError:
            return web.Response(status=401)
        self.events[request.headers["webhook-id"]] = body
        return web.Response(status=204)
