"""A gateway, a partner's kit and an SFTP server between them, all real."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from demo.servers import AsyncsshServer
from gateway.domain.ladder.rungs import LadderResult
from gateway.domain.trust import write_trust
from gateway.main.laddering import build_ladder
from gateway.main.wiring import Gateway
from gateway.services.approvals import Signatory
from gateway.services.officers import Officers
from gateway.services.partners import Partners
from keys.cards import open_card
from partner import identity, setup
from partner.identity import CARD
from partner.kit import Kit, load_kit
from partner.loop import Rounds
from partner.setup import Wanted
from tests.services.back.parts import new_signer

PARTNER = "opr-uji-a"


class Office:
    """A gateway with two officers, and the card that they look at. `work` lets the partner work."""

    card: bytes

    def __init__(self, pattern: Path, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(pattern, folder / "gw")
        self.gateway = Gateway(folder / "gw")
        store, clock = self.gateway.store, self.gateway.clock
        self.officers = Officers(store, self.gateway.approvals, clock)
        self.siti, self.budi = (self._enrol(name) for name in ("siti", "budi"))
        self.partners = Partners(
            store, self.gateway.approvals, clock, open_card, self.gateway.check_card
        )

    def close(self) -> None:
        self.gateway.close()

    def _enrol(self, name: str) -> Signatory:
        signatory = Signatory(name, new_signer())
        self.officers.enrol(name, name.title(), signatory.signer)
        return signatory

    def propose(self) -> None:
        self.partners.propose(self.card, self.siti)

    def go_live(self) -> None:
        """Both sign after the ladder's result."""
        self.propose()
        self.partners.approve(PARTNER, self.budi)

    def climb(
        self, partner: Callable[[], object] | None = None, *, anew: bool = False, tries: int = 2
    ) -> LadderResult:
        """The partner works whenever the gateway waits."""
        work = partner or self.rounds

        def pause(tried: int) -> bool:
            work()
            return tried < tries

        return build_ladder(self.gateway).run(PARTNER, pause, anew=anew)

    def rounds(self) -> object:
        """What the partner does when it is left to work."""
        raise NotImplementedError


class House(Office):
    """A proposed operator that is to get real numbers, with a kit behind an SFTP server."""

    def __init__(self, pattern: Path, folder: Path, *, test: bool = False) -> None:
        super().__init__(pattern, folder)
        line = self.gateway.ssh.public_line("palang@uji")
        self.server = AsyncsshServer(folder / "sftp", line)
        self.server.start()
        self.kit = self._make_kit(test=test)
        self.card = (self.kit.home / CARD).read_bytes().strip()

    def close(self) -> None:
        self.server.stop()
        super().close()

    def _make_kit(self, *, test: bool) -> Kit:
        home, clock = self.folder / "kit", self.gateway.clock
        wanted = Wanted(
            id=PARTNER,
            name="Operator Uji A",
            kind="operator",
            gateway=self.gateway.name,
            channel=self.server.uri("/inbox"),
            reply=self.server.uri("/outbox"),
            peer=self.server.pin,
            contacts=("noc",),
            test=test,
            days=30,
        )
        given = {"inbox": '"../sftp/inbox"', "outbox": '"../sftp/outbox"'}
        setup.init(home, wanted, given, clock.now())
        data = write_trust(self.gateway.trust())
        identity.pin(home, data, self.gateway.name, clock.now(), replace=False)
        return load_kit(home, clock, {})

    def rounds(self) -> None:
        """What `palang-partner run --once` does."""
        Rounds(self.kit, lambda _event, _facts: None).once()
