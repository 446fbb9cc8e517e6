"""The one page, served from files of our own: no other host, no build step."""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import PurePosixPath
from typing import NamedTuple

from aiohttp import web

PAGE = "page.html"
TYPES: Mapping[str, str] = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
"""What may be served, by the end of its name."""


class File(NamedTuple):
    """A file as it is sent."""

    body: bytes
    kind: str
    tag: str


@cache
def static() -> Mapping[str, File]:
    """Every file of the page by name."""
    found = (entry for entry in files("spendwatch.web").joinpath("static").iterdir())
    return {entry.name: _file(entry.name, entry.read_bytes()) for entry in found}


def _file(name: str, body: bytes) -> File:
    kind = TYPES[PurePosixPath(name).suffix]
    return File(body, kind, f'"{sha256(body).hexdigest()[:16]}"')


async def page(request: web.Request) -> web.Response:
    """The page; the address of an incident opens it there."""
    return _sent(request, static()[PAGE])


async def file(request: web.Request) -> web.Response:
    """A file of the page."""
    found = static().get(request.match_info["name"])
    if found is None or found.kind == TYPES[".html"]:
        raise web.HTTPNotFound(text="there is no such file")
    return _sent(request, found)


def _sent(request: web.Request, found: File) -> web.Response:
    headers = {"ETag": found.tag, "Cache-Control": "no-cache"}
    if request.headers.get("If-None-Match") == found.tag:
        return web.Response(status=304, headers=headers)
    return web.Response(body=found.body, content_type=found.kind, charset="utf-8", headers=headers)
