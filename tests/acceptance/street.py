"""One gateway with worker and listener, and three partners: each a process that may be killed.

Operator A is served over SFTP, B over REST, C pulls from the listener. Officers' acts, cards and
releases go through the use cases with real signatures, in the test's own process; what sends,
serves, takes and answers are the real programs.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner

from demo.pki import HOST, Authority
from demo.ports import free_port
from demo.servers import AsyncsshServer
from gateway.domain.delivery import State
from gateway.domain.trust import write_trust
from gateway.main import cli
from gateway.main.making import make
from gateway.main.wiring import Gateway
from gateway.ports import DeliveryFilter
from gateway.services.approvals import Signatory
from gateway.services.officers import Officers
from gateway.services.partners import Partners
from gateway.services.progress import ProgressService
from keys.cards import open_card
from partner import heard, identity, setup
from partner.heard import Said
from partner.identity import CARD
from partner.kit import Kit, load_kit
from partner.status import Status, status
from tests.acceptance.dweller import PATIENCE, Dweller
from tests.acceptance.stage import GATEWAY, ROOT
from tests.fsck.town import check
from tests.services.back.parts import new_signer

WORKER, LISTENER = "worker", "listener"
A, B, C = "opr-uji-a", "opr-uji-b", "opr-uji-c"
PARTNERS = (A, B, C)
EACH = 4  # entries of a batch for each partner
_HOOK = [sys.executable, "-IS", str(ROOT / "demo" / "hook.py"), "100=diblokir_total/total"]
_KIT = {"poll_seconds": "1", "hook_retry_minutes": "0", "hook": json.dumps(_HOOK)}

_PARTS = ("gw", "sftp", *PARTNERS)
_PREFIXES = {A: "0870", B: "0872", C: "0874"}  # synthetic (domain.md 5)
_QUICK = {
    "first_seconds": 1,
    "lease_seconds": 1,
    "tick_seconds": 1,
    "collect_seconds": 1,
    "longest_minutes": 1,
}
_MORE = """
[fairness]
longest_pause_minutes = 1

[exchange]
"""


class Street:
    """Built once; `reset` puts everything back to just before the first release."""

    def __init__(self, base: Path) -> None:
        self.base, self.home = base, base / "gw"
        for folder in ("sftp/inbox", "sftp/outbox", "logs", "tls"):
            (base / folder).mkdir(parents=True)
        make(self.home, GATEWAY, private=True)
        self.gateway = Gateway(self.home)
        self.ca = Authority("street")
        self.server = AsyncsshServer(base / "sftp", self.gateway.ssh.public_line("palang@uji"))
        self.dwellers = self._dwellers()
        self.released = 0
        self.server.start()
        try:
            self._make()
        except BaseException:
            self.close()  # its thread would outlive the test
            raise

    def close(self) -> None:
        """End the SFTP server."""
        self.gateway.close()
        self.server.stop()

    def reset(self) -> None:
        """As before the first release; nothing runs."""
        self.gateway.close()
        for part in _PARTS:
            for item in sorted((self.base / part).iterdir()):
                shutil.rmtree(item) if item.is_dir() else item.unlink()
            shutil.copytree(self.base / "snapshot" / part, self.base / part, dirs_exist_ok=True)
        for log in (self.base / "logs").iterdir():
            log.unlink()
        self.gateway, self.released = Gateway(self.home), 0

    # --- what a test does ---------------------------------------------------------------------

    @contextmanager
    def running(self, failpoints: Mapping[str, str] | None = None) -> Iterator[None]:
        """All programs run, each with a fail-point where one is given; afterwards they are ended in
        order, and killed where the test fails."""
        try:
            for name, dweller in self.dwellers.items():
                dweller.start((failpoints or {}).get(name, ""))
            yield
            with ThreadPoolExecutor() as pool:
                for _ in pool.map(Dweller.end, self.dwellers.values()):
                    pass
        finally:
            for dweller in self.dwellers.values():
                if dweller.process is not None and dweller.process.poll() is None:
                    dweller.process.kill()
                    dweller.process.wait()

    def release(self) -> None:
        """One batch of new numbers, with entries for every partner."""
        first = self.released * EACH + 1
        rows = [
            f"{prefix}{serial:07d};penipuan;whatsapp;2026-11-01"
            for prefix in _PREFIXES.values()
            for serial in range(first, first + EACH)
        ]
        sheet = "\n".join(["NOMOR HP;KATEGORI;KANAL;TANGGAL", *rows, ""])
        file, batch = self.base / "daftar.csv", self.released + 1
        file.write_text(sheet)
        self._palang("intake", "add", str(file), "--source", "iasc")
        self._palang("batch", "new", str(batch))
        self.gateway.release.submit(batch, self.siti)
        self.gateway.release.release(batch, self.budi)
        self.released = batch

    def _palang(self, *arguments: str) -> None:
        """A command of the gateway, in this process."""
        done = CliRunner().invoke(cli(), ["--home", str(self.home), *arguments])
        assert done.exit_code == 0, (arguments, done.output)

    def settle(self) -> None:
        """Wait until every entry is answered and every partner's record is complete."""
        end = time.monotonic() + PATIENCE
        while open_ends := self._open_ends():
            assert time.monotonic() < end, (open_ends, self._tails())
            time.sleep(0.2)

    def check(self, about: object) -> None:
        """A to I by fsck: core, exchange store, high-water file, and the copy of every partner."""
        state = self.home / "state"
        report = check(
            state / "palang.sqlite",
            self.trust,
            high_water=state / "high-water.json",
            exchange=f"sqlite:///{state / 'exchange.sqlite'}",
            copies={name: self.base / name for name in PARTNERS},
        )
        assert report.clean, (about, report.to_lines())
        wanted = {"parcels at partners": 3 * self.released, "published parcels": self.released}
        found = {name: report.figures[name] for name in wanted}
        assert found == wanted, about

    def check_core(self, about: object) -> None:
        """The gateway's side alone, as a crash left it; the programs may run."""
        state = self.home / "state"
        database, high_water = state / "palang.sqlite", state / "high-water.json"
        report = check(database, self.trust, high_water=high_water)
        assert report.clean, (about, report.to_lines())

    # --- what is left to do ---------------------------------------------------------------------

    def _open_ends(self) -> list[str]:
        progress = ProgressService(self.gateway.store, self.gateway.clock)
        with self.gateway.store.read() as uow:
            deliveries = uow.deliveries.deliveries(DeliveryFilter())
        assert len(deliveries) == 3 * self.released
        left = [
            f"{one.id} {one.state}"
            for one in deliveries
            if one.state is not State.ACKNOWLEDGED or progress.delivery(one.id).outstanding
        ]
        return left or [text for name in PARTNERS for text in self._lacking(name)]

    def _lacking(self, name: str) -> list[str]:
        """What a partner's own record lacks."""
        now = self.status(name)
        whole = (now.sequence, now.enforced) == (self.released, EACH * self.released)
        ends = (now.gaps, now.waiting, now.hook, now.unanswered, now.unsent, self._unheard(name))
        faults = (now.refused, now.rejected, now.alarms)
        assert not any(faults), (name, faults)
        return [] if whole and not any(ends) else [f"{name}: {now}"]

    def status(self, name: str) -> Status:
        """How a partner's kit stands."""
        return status(self._kit(name))

    def _unheard(self, name: str) -> list[Said]:
        """What waits for the gateway's answer. Not a receipt whose response was lost with the
        worker: the parcel came again and got another receipt, and that one is answered."""
        with self._kit(name).state.read() as tx:
            accepted = {(one.kind, one.subject) for one in heard.listed(tx, "accepted")}
            waiting = heard.listed(tx, "unanswered")
        return [one for one in waiting if (one.kind, one.subject) not in accepted]

    def _kit(self, name: str) -> Kit:
        return load_kit(self.base / name, self.gateway.clock, {})

    def _tails(self) -> dict[str, str]:
        return {name: dweller.tail() for name, dweller in self.dwellers.items()}

    # --- making ---------------------------------------------------------------------------------

    def _make(self) -> None:
        self._settle_settings()
        self._enrol()
        for name in PARTNERS:
            self._move_in(name)
        self.trust = self.gateway.trust()
        self.gateway.close()
        for part in _PARTS:
            shutil.copytree(self.base / part, self.base / "snapshot" / part)

    def _dwellers(self) -> dict[str, Dweller]:
        logs = self.base / "logs"
        made = {
            WORKER: Dweller("gateway.main", self.home, ("worker",), logs / "worker.log"),
            LISTENER: Dweller("gateway.main", self.home, ("web",), logs / "listener.log"),
        }
        for name in PARTNERS:
            made[name] = Dweller("partner.main", self.base / name, ("run",), logs / f"{name}.log")
        return made

    def _settle_settings(self) -> None:
        chain, key = self.ca.issue("listener", self.base / "tls")
        file = self.home / "palang.toml"
        text = file.read_text()
        for name, value in _QUICK.items():
            text, found = re.subn(rf"^{name} = \d+$", f"{name} = {value}", text, flags=re.M)
            assert found == 1, name
        self.port = free_port()
        listener = f'listen = "{HOST}:{self.port}"\ntls_cert = "{chain}"\ntls_key = "{key}"\n'
        file.write_text(text + _MORE + listener)
        (self.base / "tls" / "ca.pem").write_bytes(self.ca.pem)

    def _enrol(self) -> None:
        store, clock = self.gateway.store, self.gateway.clock
        officers = Officers(store, self.gateway.approvals, clock)
        self.siti, self.budi = (Signatory(name, new_signer()) for name in ("siti", "budi"))
        for one in (self.siti, self.budi):
            officers.enrol(one.officer, one.officer.title(), one.signer)

    def _move_in(self, name: str) -> None:
        home, clock = self.base / name, self.gateway.clock
        channel, reply, peer, given = self._door(name)
        wanted = setup.Wanted(
            *(name, name, "operator", GATEWAY, channel, reply, peer, ()), test=True, days=30
        )
        setup.init(home, wanted, _KIT | given, clock.now())
        store, approvals = self.gateway.store, self.gateway.approvals
        partners = Partners(store, approvals, clock, open_card, self.gateway.check_card)
        partners.propose((home / CARD).read_bytes(), self.siti)
        partners.approve(name, self.budi)
        trust = write_trust(self.gateway.trust())
        identity.pin(home, trust, GATEWAY, clock.now(), replace=False)

    def _door(self, name: str) -> tuple[str, str, str, dict[str, str]]:
        """Channel, reply and peer of its card, and its settings."""
        tls = self.base / "tls"
        if name == A:
            own = {"inbox": '"../sftp/inbox"', "outbox": '"../sftp/outbox"'}
            return self.server.uri("/inbox"), self.server.uri("/outbox"), self.server.pin, own
        if name == B:
            chain, key = self.ca.issue("rest", tls)
            address = f"{HOST}:{free_port()}"
            served = {"listen": address, "tls_cert": str(chain), "tls_key": str(key)}
            base, own = f"https://{address}", {n: json.dumps(v) for n, v in served.items()}
            return f"{base}/parcels", f"{base}/statements", self.ca.pem.decode(), own
        pull = {"pull.url": f"https://{HOST}:{self.port}/v1/{name}", "pull.ca": str(tls / "ca.pem")}
        return f"pull:{name}", f"pull:{name}", "", {n: json.dumps(v) for n, v in pull.items()}
