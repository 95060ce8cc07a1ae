"""Host keys and server certificates rotate by the card: while it names two, each of them is good.

A card has no windows for them: `before` it names the old one, in the overlap both, `after` the new
one alone; what it does not name is refused in every phase.
"""

from __future__ import annotations

import asyncio
import ssl

import asyncssh
import pytest
import trustme

from adapters.ssh_policy import host_keys
from adapters.tls import peer_context

HOST = "sftp.mitra.example"


def _host() -> tuple[asyncssh.SSHKey, str]:
    key = asyncssh.generate_private_key("ssh-ed25519")
    return key, key.export_public_key().decode()


def _server() -> tuple[trustme.LeafCert, str]:
    """A server's certificate, and the PEM of the authority that a card pins."""
    authority = trustme.CA()
    return authority.issue_cert(HOST), authority.cert_pem.bytes().decode()


HOSTS = {name: _host() for name in ("old", "new", "stranger")}
SERVERS = {name: _server() for name in ("old", "new", "stranger")}
PHASES = {"before": ("old",), "overlap": ("old", "new"), "after": ("new",)}
CASES = [(phase, shown) for phase in PHASES for shown in HOSTS]


async def _reached(shown: asyncssh.SSHKey, peer: str) -> bool:
    """Whether a client with these pins goes on to log in at a server that shows this host key."""
    server = await asyncssh.listen("127.0.0.1", 0, server_host_keys=[shown])
    pinned: tuple[list[asyncssh.SSHKey], list[str], list[str]] = (host_keys(peer), [], [])
    try:
        await asyncssh.connect(
            "127.0.0.1", server.get_port(), known_hosts=pinned, config=None, client_keys=None,
            username="uji", password="uji", agent_path=None,
        )  # fmt: skip
    except asyncssh.HostKeyNotVerifiable:
        return False
    except asyncssh.PermissionDenied:
        return True  # the host key was good; nobody may log in here
    finally:
        server.close()
        await server.wait_closed()
    raise AssertionError("somebody logged in")


@pytest.mark.parametrize(("phase", "shown"), CASES)
def test_an_ssh_host_key_is_good_while_the_card_names_it(phase: str, shown: str) -> None:
    peer = "".join(HOSTS[name][1] for name in PHASES[phase])
    assert asyncio.run(_reached(HOSTS[shown][0], peer)) is (shown in PHASES[phase])


def _shakes_hands(shown: trustme.LeafCert, peer: str) -> bool:
    """A handshake in memory, as far as the client's own verdict."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.configure_cert(serving)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=_trusted(peer))
    client = context.wrap_bio(down, up, server_hostname=HOST)
    server = serving.wrap_bio(up, down, server_side=True)
    for _ in range(4):
        for end in (client, server):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError:
                return False
    return True


def _trusted(peer: str) -> str:
    """What the adapter's own context trusts with these pins, as PEM."""
    found = peer_context(peer).get_ca_certs(binary_form=True)
    return "".join(map(ssl.DER_cert_to_PEM_cert, found))


@pytest.mark.parametrize(("phase", "shown"), CASES)
def test_a_tls_pin_is_good_while_the_card_names_it(phase: str, shown: str) -> None:
    peer = "".join(SERVERS[name][1] for name in PHASES[phase])
    assert _shakes_hands(SERVERS[shown][0], peer) is (shown in PHASES[phase])
