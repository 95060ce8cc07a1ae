"""Simulated partners around a gateway whose hours pass with every round."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from click.testing import CliRunner

from demo.servers import AsyncsshServer
from gateway.domain import statements
from gateway.domain.statements import Kind
from gateway.domain.times import DAY, MINUTE, Micros
from gateway.domain.trust import key_to_json, write_trust
from gateway.main import cli
from gateway.main.wiring import Gateway
from gateway.services.approvals import Signatory
from gateway.services.officers import Officers
from gateway.services.partners import Partners
from keys.cards import open_card
from keys.jws import JoseSignatures
from partner import identity, setup
from partner.faults import HARMLESS, Faults
from partner.identity import CARD, KEYS
from partner.kit import Kit, load_kit
from partner.setup import Wanted
from partner.simulate import LOG, Simulator
from tests.fsck.town import check
from tests.services.back.parts import new_signer

PREFIX = {"opr-uji-a": "0870", "opr-uji-b": "0872", "opr-uji-c": "0874"}
EACH = 3  # entries of a batch for each partner


@dataclass
class Hours:
    """A clock that is moved."""

    at: Micros

    def now(self) -> Micros:
        return self.at


class Hostile:
    """The gateway is real, and so are SFTP and the keys."""

    def __init__(self, pattern: Path, folder: Path, faults: dict[str, Faults]) -> None:
        self.folder = folder
        shutil.copytree(pattern, folder / "gw")
        self.gateway = Gateway(folder / "gw")
        self.clock = Hours(self.gateway.clock.now())
        self.gateway.clock = self.clock  # type: ignore[assignment]  # it moves with the rounds
        officers = Officers(self.gateway.store, self.gateway.approvals, self.clock)
        self.siti, self.budi = (Signatory(name, new_signer()) for name in ("siti", "budi"))
        for one in (self.siti, self.budi):
            officers.enrol(one.officer, one.officer.title(), one.signer)
        line = self.gateway.ssh.public_line("palang@uji")
        self.servers = {name: AsyncsshServer(folder / "sftp" / name, line) for name in faults}
        for server in self.servers.values():
            server.start()
        self.peers = {name: Simulator(self._kit(name), given) for name, given in faults.items()}
        self.rounds = self.gateway.rounds(lambda _happening: None)
        self.batches = 0

    def close(self) -> None:
        self.rounds.close()
        for server in self.servers.values():
            server.stop()
        self.gateway.close()

    def _kit(self, name: str) -> Kit:
        home, server = self.folder / name, self.servers[name]
        wanted = Wanted(
            id=name,
            name=name,
            kind="operator",
            gateway=self.gateway.name,
            channel=server.uri("/inbox"),
            reply=server.uri("/outbox"),
            peer=server.pin,
            contacts=(),
            test=True,
            days=300,
        )
        given = {box: f'"../sftp/{name}/{box}"' for box in ("inbox", "outbox")}
        setup.init(home, wanted, given, self.clock.now())
        kit = load_kit(home, self.clock, {})
        self._retire_a_key(kit)
        partners = Partners(
            self.gateway.store,
            self.gateway.approvals,
            self.clock,
            open_card,
            self.gateway.check_card,
        )
        partners.propose((home / CARD).read_bytes(), self.siti)
        partners.approve(name, self.budi)
        trust = write_trust(self.gateway.trust())
        identity.pin(home, trust, self.gateway.name, self.clock.now(), replace=False)
        return load_kit(home, self.clock, {})

    def _retire_a_key(self, kit: Kit) -> None:
        """The card brings a statement key whose time is over."""
        secret = (kit.home / "secrets" / "unlock").read_bytes().strip()
        old = setup.make_keys(kit.home / KEYS, kit.identity.id, secret, self.clock.at - 9 * DAY, 5)
        card = kit.identity.card
        card = replace(card, keys=(*card.keys, *map(key_to_json, old)))
        payload = statements.to_bytes(card)
        signed = JoseSignatures().sign(payload, Kind.CARD, kit.signer(self.clock.now()))
        (kit.home / CARD).write_bytes(signed)

    def release(self) -> None:
        """One batch with new numbers for every partner."""
        first = self.batches * EACH
        rows = [
            f"{PREFIX[name]}{serial:07d};penipuan;whatsapp;2026-11-01"
            for name in self.peers
            for serial in range(first, first + EACH)
        ]
        self.batches += 1
        file = self.folder / "daftar.csv"
        file.write_text("\n".join(["NOMOR HP;KATEGORI;KANAL;TANGGAL", *rows, ""]))
        for words in (
            ("intake", "add", str(file), "--source", "iasc"),
            ("batch", "new", str(self.batches)),
        ):
            done = CliRunner().invoke(cli(), ["--home", str(self.gateway.home), *words])
            assert done.exit_code == 0, done.output
        self.gateway.release.submit(self.batches, self.siti)
        self.gateway.release.release(self.batches, self.budi)

    def pass_time(self, rounds: int, step: Micros) -> None:
        """Each round: the worker's, the partners', and the time between."""
        for _ in range(rounds):
            self.rounds.run_once()
            for peer in self.peers.values():
                peer.round()
            self.clock.at += step

    def true_statements(self) -> tuple[set[str], set[str], set[str]]:
        """Digests of what was said truly and falsely, and the faults that were drawn."""
        true: set[str] = set()
        false: set[str] = set()
        faults: set[str] = set()
        for name in self.peers:
            log = self.folder / name / LOG
            for line in log.read_text().splitlines() if log.exists() else ():
                said = json.loads(line)
                faults.add(said["fault"])
                harmless = said["fault"] in ("", *HARMLESS)
                (true if harmless else false).add(said["statement"])
        return true, false, faults

    def counted(self) -> set[str]:
        """Digests of all statements that the gateway counted."""
        found = set()
        with self.gateway.store.read() as uow:
            for batch in range(1, self.batches + 1):
                for name in self.peers:
                    delivery = f"{batch}.{name}.1"
                    found |= {r.statement for r in uow.inbox.receipts(delivery) if r.counted}
                    found |= {c.statement for c in uow.inbox.confirmations(delivery)}
        return found

    def prove(self) -> None:
        """fsck finds nothing, and nothing false was counted."""
        true, false, _faults = self.true_statements()
        counted = self.counted()
        assert counted <= true
        assert not counted & false
        state = self.gateway.home / "state"
        report = check(
            state / "palang.sqlite", self.gateway.trust(), high_water=state / "high-water.json"
        )
        assert report.clean, report.to_lines()


HOUR_STEP = 61 * MINUTE
