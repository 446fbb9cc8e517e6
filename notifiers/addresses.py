"""Which addresses a notice may be sent to, so that a rulebook can't reach into the network.

Two checks that are both needed: the URL before a call, because aiohttp asks no resolver about an
address written in numbers; and every address that a name resolves to (`notifiers.outbound`).
(OWASP, "Server-Side Request Forgery Prevention"; RFC 6052, 3056 and 4380 for what IPv6 can wrap.)
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

HTTPS_PORTS = frozenset({443, 8443})
HOST = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?", re.IGNORECASE)
NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)
NAT64 = IPv6Network("64:ff9b::/96")
COMPATIBLE = IPv6Network("::/96")
SITE_LOCAL = IPv6Network("fec0::/10")
LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
LOOPBACK_NAMES = frozenset({"127.0.0.1", "::1", "localhost"})


class Forbidden(ValueError):
    """An address that must not be called; the text is a named code."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a place's calls may go: public addresses, and private ones that were named."""

    allow_private: tuple[Network, ...] = ()
    allow_http: bool = False
    """Plain HTTP, to this very machine only."""

    def check(self, url: str) -> None:
        """Raises Forbidden unless a call to the URL may be made."""
        parts = _split(url)
        host = parts.hostname or ""
        self._check_scheme(parts.scheme, host)
        self._check_port(parts)
        literal = _literal(host)
        if literal is not None and not self.allows(literal):
            raise Forbidden("address_not_allowed")

    def allows(self, address: Address) -> bool:
        """Whether the address, and whatever it wraps, is public or was allowed."""
        return all(self._allows(inner) for inner in _unwrapped(address))

    def _allows(self, address: Address) -> bool:
        if any(address in network for network in self._named()):
            return True
        hidden = address.is_multicast or address in SITE_LOCAL
        return address.is_global and not hidden

    def _named(self) -> tuple[Network, ...]:
        return self.allow_private + (LOOPBACK if self.allow_http else ())

    def _check_scheme(self, scheme: str, host: str) -> None:
        local = self.allow_http and host in LOOPBACK_NAMES
        if scheme != "https" and not (scheme == "http" and local):
            raise Forbidden("https_only")

    def _check_port(self, parts: SplitResult) -> None:
        port = _port(parts)
        if port not in HTTPS_PORTS and not self._named():
            raise Forbidden("port_not_allowed")


def _split(url: str) -> SplitResult:
    """The parts of a URL that every parser reads alike. Raises Forbidden."""
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise Forbidden("bad_url")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise Forbidden("bad_url") from None
    if "@" in parts.netloc or "%" in parts.netloc:
        raise Forbidden("no_userinfo")
    return parts


def _port(parts: SplitResult) -> int:
    try:
        return parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except ValueError:
        raise Forbidden("bad_url") from None


def _literal(host: str) -> Address | None:
    """The address that a host spells in numbers; None for a name. Raises Forbidden.

    Only the usual spellings: others (2130706433, 0x7f.1) are read differently by every parser.
    (WHATWG URL standard, "ends in a number checker".)
    """
    try:
        return ip_address(host)
    except ValueError:
        if not HOST.fullmatch(host) or NUMBER.fullmatch(host.rpartition(".")[2]):
            raise Forbidden("bad_host") from None
        return None


def _unwrapped(address: Address) -> Iterator[Address]:
    """The address and the IPv4 addresses that it carries inside."""
    if isinstance(address, IPv4Address):
        yield address
        return
    wrapped = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in NAT64 or (address in COMPATIBLE and not address.is_loopback):
        wrapped.append(IPv4Address(int(address) & 0xFFFFFFFF))
    inner = [found for found in wrapped if found is not None]
    yield from inner if address.ipv4_mapped else [address, *inner]
