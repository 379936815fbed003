"""Which network addresses a workflow may call: public ones, and private ones that the administrator allows.

A name is resolved once, every address it has is checked, and the call goes to exactly one of them: a name that points
elsewhere a moment later (DNS rebinding) changes nothing.
"""

from __future__ import annotations

import fnmatch
import ipaddress
import socket
from collections.abc import Callable, Sequence

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]

_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
"""IPv6 addresses that stand for IPv4 ones (NAT64)."""


class AddressRefused(Exception):
    """The host may not be called; the message says why and who can allow it."""


class HostUnknown(Exception):
    """The name has no address now."""


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as trouble:
        raise HostUnknown(f"The host {host} has no address: {trouble.strerror or trouble}.") from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def allowed_address(host: str, port: int, allow: Sequence[str], resolver: Resolve = resolve) -> str:
    """One address of the host that may be called.

    Args:
        allow: host names (`*.example.org` too), addresses and networks that may be called although they are private.

    Raises:
        AddressRefused: an address of it is private and not allowed.
        HostUnknown: it has none.
    """
    addresses = [ipaddress.ip_address(text.partition("%")[0]) for text in resolver(host, port)]
    if not addresses:
        raise HostUnknown(f"The host {host} has no address.")
    if not _is_named(host, port, allow):
        for address in addresses:
            if not is_public(address) and not _is_in(address, allow):
                raise AddressRefused(
                    f"{host} is {_why(address)} ({address}); workflows may not call it. "
                    "An administrator can allow it with PROCESSION_ALLOW_HOSTS."
                )
    return str(addresses[0])


def is_public(address: Address) -> bool:
    """Whether the address is one of the open internet."""
    inner = _inside(address)
    if inner is not None:
        return is_public(inner)
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _inside(address: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for."""
    if not isinstance(address, ipaddress.IPv6Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return None


def _why(address: Address) -> str:
    address = _inside(address) or address
    if address.is_loopback:
        return "this machine itself"
    if address.is_link_local:
        return "a link-local address"
    return "a private address"


def _is_named(host: str, port: int, allow: Sequence[str]) -> bool:
    names = (host.lower(), f"{host.lower()}:{port}")
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in allow if "/" not in pattern for name in names)


def _is_in(address: Address, allow: Sequence[str]) -> bool:
    for entry in allow:
        try:
            network = ipaddress.ip_network(entry, strict=False)
        except ValueError:
            continue
        if address.version == network.version and address in network:
            return True
    return False
