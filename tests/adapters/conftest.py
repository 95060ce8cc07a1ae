"""A rig per kind of server; every test leaves its servers ended and its fail-points disarmed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.servers import AsyncsshServer, SshdServer
from gateway.domain import failpoints
from tests.adapters.rigs import AUTHORIZED, RestRig, SftpRig
from tests.peers.cutting_proxy import CuttingProxy
from tests.peers.tls_server import TlsServer


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    """No test's fail-point outlives it."""
    yield
    failpoints.arm(None)


@pytest.fixture
def sshd_rig(tmp_path: Path) -> Iterator[SftpRig]:
    """OpenSSH."""
    with SshdServer(tmp_path, AUTHORIZED) as server, CuttingProxy(server.port) as proxy:
        yield SftpRig(server, proxy)


@pytest.fixture
def asyncssh_rig(tmp_path: Path) -> Iterator[SftpRig]:
    """The embedded server."""
    with AsyncsshServer(tmp_path, AUTHORIZED) as server, CuttingProxy(server.port) as proxy:
        yield SftpRig(server, proxy)


@pytest.fixture
def rest_rig() -> Iterator[RestRig]:
    """The TLS server."""
    with TlsServer() as server:
        yield RestRig(server)
