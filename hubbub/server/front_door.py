"""What lies between the client and us: the proxies whose word counts, and the path prefix. The same for ASGI and WSGI.

A proxy is believed about the client's address and scheme only when its own address is one of the trusted. It may leave
the prefix in the path or take it off.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

SCHEMES = {"http": ("http", "ws"), "https": ("https", "wss")}


class FrontDoor:
    """`proxies` are the trusted networks, `prefix` is "/talk" or ""."""

    def __init__(self, proxies: Sequence[IPv4Network | IPv6Network], prefix: str) -> None:
        self.proxies = tuple(proxies)
        self.prefix = prefix
        self.trusts = lru_cache(4096)(self._is_trusted)

    def asgi(self, application: Any) -> Any:
        """The ASGI application behind this door."""

        async def front_door(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] in ("http", "websocket"):
                scope = self._enter_scope(scope)
            await application(scope, receive, send)

        return front_door

    def wsgi(self, application: Any) -> Any:
        """The WSGI application behind this door."""

        def front_door(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            peer = environ.get("REMOTE_ADDR", "")
            if self.trusts(peer):
                environ["REMOTE_ADDR"] = self.client(peer, environ.get("HTTP_X_FORWARDED_FOR", ""))
                if names := SCHEMES.get(environ.get("HTTP_X_FORWARDED_PROTO", "")):
                    environ["wsgi.url_scheme"] = names[0]
            environ["SCRIPT_NAME"] = self.prefix
            environ["PATH_INFO"] = self.below(environ.get("PATH_INFO", ""))
            return application(environ, start_response)  # type: ignore[no-any-return]  # as WSGI has it

        return front_door

    def client(self, peer: str, forwarded: str) -> str:
        """Who asks, when the trusted `peer` brings this X-Forwarded-For: the last address there that is no proxy's.

        Each proxy appends whom it heard, so what stands left of the first stranger is that stranger's own word.
        """
        client = peer
        for told in reversed([address for address in forwarded.split(",") if address.strip()]):
            if (address := _address(told.strip())) is None:
                break
            client = address
            if not self.trusts(address):
                break
        return client

    def below(self, path: str) -> str:
        """The path without the prefix, if it has it."""
        if self.prefix and (path == self.prefix or path.startswith(f"{self.prefix}/")):
            path = path[len(self.prefix) :]
        return path or "/"

    def _enter_scope(self, scope: dict[str, Any]) -> dict[str, Any]:
        peer, port = scope.get("client") or ("", 0)
        changed: dict[str, Any] = {}
        if self.trusts(peer):
            told = _headers(scope["headers"])
            client = self.client(peer, told.get(b"x-forwarded-for", ""))
            changed["client"] = (client, port if client == peer else 0)
            if names := SCHEMES.get(told.get(b"x-forwarded-proto", "")):
                changed["scheme"] = names[scope["type"] == "websocket"]
        if self.prefix:
            changed["root_path"] = self.prefix
            changed["path"] = self.prefix + self.below(scope["path"])
        return {**scope, **changed} if changed else scope

    def _is_trusted(self, address: str) -> bool:
        try:
            ip = ip_address(address)
        except ValueError:
            return False
        if isinstance(ip, IPv6Address) and ip.ipv4_mapped:  # how a socket for both families shows an IPv4 peer
            ip = ip.ipv4_mapped
        return any(ip in network for network in self.proxies)


def _headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, str]:
    """The two that count; several lines of one are one list (RFC 9110, §5.3)."""
    found: dict[bytes, str] = {}
    for name, value in headers:
        if name in (b"x-forwarded-for", b"x-forwarded-proto"):
            text = value.decode("latin-1")
            found[name] = f"{found[name]},{text}" if name in found else text
    return found


def _address(text: str) -> str | None:
    """The address of `1.2.3.4`, `1.2.3.4:80`, `::1` or `[::1]:80`; None when it is none."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ip_address(text))
    except ValueError:
        return None
