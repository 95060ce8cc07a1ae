"""Which network addresses a channel may lead to (threats.md 1.5 C1, C2).

A table of our own instead of `ipaddress.is_global`, whose answers changed between Python versions.
Source: the IANA special-purpose address registries for IPv4 and IPv6.
"""

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], list[str]]

#: inside a house or this machine: only with `allow_private`
PRIVATE = tuple(
    ip_network(net)
    for net in (
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT, RFC 6598
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1/128",
        "fc00::/7",
    )
)
#: never a partner: this host, link-local (cloud metadata), documentation, multicast, and forms that
#: carry an IPv4 address in an IPv6 one
NEVER = tuple(
    ip_network(net)
    for net in (
        "0.0.0.0/8",
        "169.254.0.0/16",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/96",
        "::ffff:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)


def complaint(address: Address, allow_private: bool) -> str:
    """Why this address is no partner's, or "" where it may be."""
    if any(address in net for net in PRIVATE):
        return "" if allow_private else "a private or loopback address"
    if any(address in net for net in NEVER):
        return "a link-local, mapped or otherwise reserved address"
    return ""


def system_resolver(host: str, port: int) -> list[str]:
    """All addresses of a name, by the system's resolver. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def checked(host: str, port: int, allow_private: bool, resolve: Resolver) -> list[str]:
    """The addresses to connect to: resolved once, every one of them allowed.

    One forbidden address spoils the name. Raises OSError where there is none, ValueError with the
    complaint where one is forbidden.
    """
    addresses = resolve(host, port)
    if not addresses:
        raise OSError("the name has no address")
    for text in addresses:
        if problem := complaint(ip_address(text), allow_private):
            raise ValueError(f"the host leads to {problem}")
    return addresses
