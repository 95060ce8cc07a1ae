"""A gateway with its console, its worker's rounds and partners' real kits, all in this process."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from demo import hook
from demo.pki import HOST, Authority
from gateway.domain.accounts import Role
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.trust import write_trust
from gateway.reading.files import FileReader
from gateway.services.approvals import Signatory
from gateway.services.batches import Batches
from gateway.services.batches import Wanted as BatchWanted
from gateway.services.intake import Options
from gateway.services.partners import Partners
from gateway.web.console.server import Serving, consoling
from keys.cards import open_card
from partner import setup
from partner.identity import pin
from partner.kit import load_kit
from partner.loop import Rounds
from partner.server import serving
from partner.setup import Wanted
from tests.web.console.staff import MACHINE, PASSPHRASE, StaffHouse

GATEWAY = "palang-uji"
SHEET = (
    "nomor hp;kategori;kanal;no bukti;tanggal bukti\n"
    "0870-1111-2201;Penipuan;WhatsApp;TIKET-1;2026-11-20\n"
    "0871-1111-2202;Penipuan;SMS;TIKET-2;2026-11-20\n"
    "0872-1111-2203;Judi online;WhatsApp;TIKET-3;2026-11-20\n"
)


class Town:
    """A context manager; everything that it started ends with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.house = StaffHouse(folder)
        self.clock, self.store = self.house.clock, self.house.gateway.store
        self.happened: list[object] = []
        self.kits: dict[str, Rounds] = {}
        self._stack = ExitStack()
        self._stack.callback(self.house.close)

    def __enter__(self) -> Town:
        return self

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    def open(self) -> str:
        """Serve the console; its address, as a browser keeps secure cookies for it."""
        self.app = self.house.app()
        address = self._stack.enter_context(consoling(self.app, Serving(f"{HOST}:0")))
        return address.replace(HOST, "localhost")

    def staff(self, name: str, role: Role, language: str = "en", *, key: bool = False) -> str:
        """An account; its one-time password."""
        handed = self.house.account(name, role, language)
        if key:
            pem = self.house.officer(name).read_bytes()
            (self.folder / f"{name}.pem").write_bytes(pem)
        return handed

    def signatory(self, name: str) -> Signatory:
        """An officer with the key that the test made for them."""
        from keys import files

        signer = files.load_signer(self.house.home / f"{name}.pem", PASSPHRASE.encode())
        return Signatory(name, signer)

    def partner(self, name: str, by: tuple[str, str], answer: str = "", **card: str) -> Rounds:
        """A live operator with its own kit over HTTPS; `answer` is what its hook says of a block,
        "" for silence."""
        home = self.folder / "kits" / name
        home.parent.mkdir(exist_ok=True)
        ca = Authority(name)
        chain, key = ca.issue(name, home.parent)
        self._make_kit(home, name, ca.pem.decode(), (chain, key), answer, card)
        kit = load_kit(home, self.clock, {})
        rounds = Rounds(kit, lambda _event, _facts: None)
        served = self._stack.enter_context(serving(rounds))
        self._approve((home / "card.jws").read_bytes(), name, by)
        with self.store.write() as uow:
            known = uow.registry.partner(name)
            moved = replace(known, channel=f"{served}/parcels", reply=f"{served}/replies")
            uow.save(moved, LedgerEvent(Tag.PARTNER_APPROVE, self.clock.now(), {"partner": name}))
            uow.commit("partner.approve")
        self.kits[name] = rounds
        return rounds

    def _make_kit(
        self,
        home: Path,
        name: str,
        pem: str,
        files: tuple[Path, Path],
        answer: str,
        card: dict[str, str],
    ) -> None:
        command = [sys.executable, str(Path(hook.__file__)), *([f"100={answer}"] if answer else [])]
        given = {
            "listen": f'"{HOST}:0"',
            "tls_cert": json.dumps(str(files[0])),
            "tls_key": json.dumps(str(files[1])),
            "hook": json.dumps(command),
        }
        wanted = Wanted(
            id=name,
            name=card.get("name", f"Operator {name}"),
            kind="operator",
            gateway=GATEWAY,
            channel=f"https://{HOST}:9/parcels",
            reply=f"https://{HOST}:9/replies",
            peer=pem,
            contacts=(card.get("contact", "operasi@mitra.example"),),
            test=True,
            days=365,
        )
        setup.init(home, wanted, given, self.clock.now())
        pin(home, self.trust(), GATEWAY, self.clock.now(), replace=False)

    def _approve(self, card: bytes, name: str, by: tuple[str, str]) -> None:
        gateway = self.house.gateway
        service = Partners(self.store, gateway.approvals, self.clock, open_card, lambda _card: None)
        service.propose(card, self.signatory(by[0]))
        service.approve(name, self.signatory(by[1]))

    def keep_key(self, name: str) -> None:
        """The officer's key beside the account, without the page."""
        pem = (self.house.home / f"{name}.pem").read_bytes()
        self.house.staffing.keys.put(name, pem, PASSPHRASE.encode(), MACHINE)

    def submitted(self, preparer: str, sheet: str = SHEET) -> int:
        """A batch of one intake that waits for its release."""
        gateway, path = self.house.gateway, self.folder / "laporan.csv"
        path.write_text(sheet, "utf-8")
        intake = gateway.intakes.add(path, path.name, Options(source="iasc")).id
        batches = Batches(self.store, self.clock, FileReader(), gateway.approvals)
        batch = batches.prepare(BatchWanted((intake,)))[0].id
        gateway.release.submit(batch, self.signatory(preparer))
        return batch

    def released(self, preparer: str, approver: str, sheet: str = SHEET) -> int:
        """The same through its release."""
        batch = self.submitted(preparer, sheet)
        self.house.gateway.release.release(batch, self.signatory(approver))
        return batch

    @contextmanager
    def working(self) -> Iterator[None]:
        """The worker goes round while the block runs."""
        ended = threading.Event()

        def work() -> None:
            while not ended.is_set():
                self.round()
                ended.wait(0.1)

        thread = threading.Thread(target=work, name="worker of a test")
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def trust(self) -> bytes:
        """What partners and auditors keep from onboarding."""
        return write_trust(self.house.gateway.trust())

    def round(self, times: int = 1) -> None:
        """Rounds of the worker, with the kits' between them."""
        for _ in range(times):
            rounds = self.house.gateway.rounds(self.happened.append)
            rounds.run_once()
            rounds.close()
            for kit in self.kits.values():
                kit.once()
