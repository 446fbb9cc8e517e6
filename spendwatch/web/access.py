"""Who may ask and who may write.

Reading is open to whoever reaches the address; writing needs the token where there is one. Without
a token the web listens on this machine alone, and then no page of another site may use a browser
on it: not by a form (the types that we take need a question first, Fetch's "CORS-preflight"), not
by a name that it points here (DNS rebinding: the Host header has to be ours).
"""

from hmac import compare_digest
from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

from spendwatch.failures import Failure
from spendwatch.web.around import WebSettings
from spendwatch.web.problems import Problem, Why

OPEN_TO_ALL = (
    "the web would listen on {host} without a token: set SPENDWATCH_TOKEN, or listen on 127.0.0.1"
)
BEARER = "Bearer "


def refuse_open(settings: WebSettings) -> None:
    """Raises Failure where strangers could write."""
    if not settings.token and not is_here(settings.host):
        raise Failure(OPEN_TO_ALL.format(host=settings.host or "every address"))


def is_here(host: str) -> bool:
    """Whether a host, with or without a port, is this very machine."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:  # a bracket that does not close
        return False
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def check_host(request: web.Request, settings: WebSettings) -> None:
    """Without a token, only names of this machine and our own are answered. Raises Problem."""
    if settings.token or is_here(request.host):
        return
    ours = urlsplit(settings.public_url).netloc
    if not ours or request.host.lower() != ours.lower():
        raise Problem(HTTPStatus.FORBIDDEN, Why.FOREIGN_HOST, "this host name is not ours")


def check_writing(request: web.Request, settings: WebSettings) -> None:
    """Whether this request may write. Raises Problem, never with the token in it."""
    site = request.headers.get("Sec-Fetch-Site", "none")
    if site not in ("none", "same-origin"):
        raise Problem(HTTPStatus.FORBIDDEN, Why.FOREIGN_SITE, "another site may not write here")
    if settings.token and not _carries(request, settings.token):
        said = "this needs the header Authorization: Bearer TOKEN"
        raise Problem(HTTPStatus.UNAUTHORIZED, Why.UNAUTHORIZED, said)


def _carries(request: web.Request, token: str) -> bool:
    given = request.headers.get("Authorization", "")
    if not given.startswith(BEARER):
        return False
    return compare_digest(given.removeprefix(BEARER).encode("utf-8", "replace"), token.encode())
