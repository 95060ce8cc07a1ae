"""Partners that reach the gateway in other ways: by pulling, and with gpg or openssl alone."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demo.servers import AsyncsshServer
from gateway.domain.fingerprints import phone_text
from gateway.domain.ids import Envelope
from gateway.domain.trust import COUNTERSIGNS_WITH, Algorithm, PinnedKey, Role, write_trust
from gateway.main.rotating import rotating
from gateway.web.listener import Happened, Listener
from keys import http_signatures
from keys.documents import Documents
from keys.exports import export
from partner import identity, setup
from partner.identity import CARD
from partner.kit import load_kit
from partner.loop import Rounds
from partner.setup import Wanted
from tests.keys.test_partner_gpg_docs import _stand_in_unzip
from tests.ladder.house import PARTNER, Office
from tests.web import stand_in_curl
from tests.web.wire import wired

DOCS = Path(__file__).parents[2] / "docs"


class Pulled(Office):
    """A gateway with its listener. `told` is what the listener logged."""

    def __init__(self, pattern: Path, folder: Path) -> None:
        super().__init__(pattern, folder)
        self.told: list[Happened] = []

    @property
    def listener(self) -> Listener:
        """As `palang web` puts it together."""
        gateway = self.gateway
        return Listener(
            gateway.exchange, Documents(), gateway.clock, self.told.append, http_signatures.verify
        )

    @contextmanager
    def served(self) -> Iterator[str]:
        """The listener's URL for the partner."""
        with wired(self, self.folder) as wire:
            yield f"{wire.url}/v1/{PARTNER}"


class KitThatPulls(Pulled):
    """With `palang-partner`."""

    def begin(self, url: str) -> None:
        """Make the kit and pin the gateway."""
        home, clock = self.folder / "kit", self.gateway.clock
        channel = f"pull:{PARTNER}"
        wanted = Wanted(
            id=PARTNER,
            name="Operator Uji A",
            kind="operator",
            gateway=self.gateway.name,
            channel=channel,
            reply=channel,
            peer="",
            contacts=("noc",),
            test=False,
            days=30,
        )
        given = {"pull.url": f'"{url}"', "pull.ca": f'"{self.folder / "ca.pem"}"'}
        setup.init(home, wanted, given, clock.now())
        data = write_trust(self.gateway.trust())
        identity.pin(home, data, self.gateway.name, clock.now(), replace=False)
        self.kit = load_kit(home, clock, {})
        self.card = (home / CARD).read_bytes().strip()

    def rounds(self) -> None:
        Rounds(self.kit, lambda _event, _facts: None).once()


class StockPartner:
    """A folder in which the blocks of a page are run as printed."""

    def __init__(self, page: str, folder: Path) -> None:
        text = (DOCS / page).read_text()
        blocks = re.findall(r"^```sh (\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        self.blocks = dict(blocks)
        self.settings: str = re.findall(
            r"^```\n(PARTNER=.*?)^```$", text, re.MULTILINE | re.DOTALL
        )[0]
        self.folder = folder
        for name in ("bin", "in", "out"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        if shutil.which("unzip") is None:
            _stand_in_unzip(folder / "bin" / "unzip")
        if shutil.which("curl") is None:
            stand_in_curl.install(folder / "bin")

    def settle(self, **values: str) -> None:
        """Write partner.env: the page's, with these lines."""
        lines = [line for line in self.settings.splitlines() if line.split("=")[0] not in values]
        lines += [f"{name}='{value}'" for name, value in values.items()]
        (self.folder / "partner.env").write_text("\n".join(lines) + "\n")

    def run(self, *blocks: str, parcel: str = "", ok: bool | None = True) -> str:
        """The session and these blocks; what they print. With None it may stop."""
        text = "".join(self.blocks[name] for name in ("session", *blocks))
        path = f"{self.folder / 'bin'}:/usr/bin:/bin"
        done = subprocess.run(
            ["sh", "-eu", "-c", text],
            env={"PATH": path, "LC_ALL": "C", "PARCEL": f"in/{parcel}"},
            cwd=self.folder,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert ok is None or (done.returncode == 0) is ok, done.stderr.decode()
        return (done.stdout if done.returncode == 0 else done.stderr).decode()


class OpensslThatPulls(Pulled):
    """With docs/partner-openssl.md."""

    def begin(self, url: str) -> None:
        """Keys, settings, the gateway's certificate and the card."""
        self.stock = StockPartner("partner-openssl.md", self.folder / "partner")
        key = _native(self, Envelope.CMS)
        self.stock.settle(
            GATEWAY=self.gateway.name,
            GATEWAY_KEY=phone_text(key.kid).replace(" ", ""),
            CA=str(self.folder / "ca.pem"),
            URL=url,
        )
        folder = self.stock.folder
        (folder / "gateway.crt").write_bytes(export(key, "certificate"))
        _for_real_numbers(self.stock)
        self.stock.run("keys", "card", "gateway")
        self.card = (folder / "card.p7m").read_bytes()

    def rounds(self) -> str:
        """One parcel, if there is one."""
        return self.stock.run("fetch", "open", "ack", "confirm", ok=None)


class GpgOverSftp(Office):
    """With docs/partner-gpg.md; the gateway comes to its SFTP server. `home` is a short path."""

    def __init__(self, pattern: Path, folder: Path, home: Path) -> None:
        super().__init__(pattern, folder)
        self._new_manifest_key()
        self.stock = StockPartner("partner-gpg.md", home)
        line = self.gateway.ssh.public_line("palang@uji")
        self.server = AsyncsshServer(folder / "sftp", line)
        self.server.start()
        for name, place in (("in", "inbox"), ("out", "outbox")):
            (home / name).rmdir()
            (folder / "sftp" / place).mkdir(parents=True, exist_ok=True)
            (home / name).symlink_to(folder / "sftp" / place)
        self._begin(home)

    def close(self) -> None:
        self.server.stop()
        super().close()

    def _new_manifest_key(self) -> None:
        services = rotating(self.gateway)
        now = self.gateway.clock.now()
        key = services.make(Role.MANIFEST, Algorithm.OPENPGP, None, now)
        services.rotation.announce(key, self.siti)
        services.rotation.approve(key.kid, self.budi)

    def _begin(self, home: Path) -> None:
        (gnupg := home / "gnupg").mkdir(mode=0o700)
        (empty := home / "empty").touch()  # a person types a passphrase; here there is none
        answers = f"batch\nquiet\npinentry-mode loopback\npassphrase-file {empty}\n"
        (gnupg / "gpg.conf").write_text(answers)
        key = _native(self, Envelope.OPENPGP)
        self.stock.settle(
            GATEWAY=self.gateway.name,
            GATEWAY_KEY=key.kid[4:].upper(),
            CHANNEL=self.server.uri("/inbox"),
            REPLY=self.server.uri("/outbox"),
            PEER=self.server.pin,
        )
        (home / "gateway.asc").write_text(key.public)
        _for_real_numbers(self.stock)
        self.stock.run("keys", "card", "gateway")
        self.card = (home / "card.asc").read_bytes()

    def rounds(self) -> None:
        """Every parcel that lies there, also one that was done; at a bad one it stops."""
        for path in sorted((self.stock.folder / "in").glob("*.pgp")):
            self.stock.run("open", "ack", "confirm", parcel=path.name, ok=None)


def _for_real_numbers(stock: StockPartner) -> None:
    """The page makes a card of a test partner, which needs no ladder."""
    stock.blocks["card"] = stock.blocks["card"].replace('"test":true', '"test":false')


def _native(office: Office, envelope: Envelope) -> PinnedKey:
    """The gateway's key that signs manifests for this tool."""
    found = [
        key
        for key in office.gateway.trust().keys
        if key.role is Role.MANIFEST and key.alg in COUNTERSIGNS_WITH[envelope]
    ]
    return found[-1]
