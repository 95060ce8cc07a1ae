"""The one contract, over every channel and server (design 6)."""

from __future__ import annotations

import pytest

from tests.adapters.contract import Contract, SftpContract
from tests.adapters.rigs import RestRig, SftpRig


@pytest.mark.sshd
class TestSftpOverOpenSsh(SftpContract):
    @pytest.fixture
    def rig(self, sshd_rig: SftpRig) -> SftpRig:
        return sshd_rig


class TestSftpOverAsyncssh(SftpContract):
    @pytest.fixture
    def rig(self, asyncssh_rig: SftpRig) -> SftpRig:
        return asyncssh_rig


class TestRestOverTls(Contract):
    @pytest.fixture
    def rig(self, rest_rig: RestRig) -> RestRig:
        return rest_rig
