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
from tests.keys.gpg_page import stand_in_unzip
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
            stand_in_unzip(folder / "bin" / "unzip")
        if shutil.which("curl") is None:
            stand_in_curl.install(folder / "bin")

    def settle(self, **values: str) -> None:
        """Write partner.env: the page's, with these lines."""
        lines = [line for line in self.settings.splitlines() if line.split("=")[0] not in values]
        lines += [f"{name}='{value}'" for name, value in values.items()]
        (self.folder / "partner.env").write_text("\n".join(lines) + "\n")

    def run(self, *blocks: str, parcel: str = "", word: str = "", ok: bool | None = True) -> str:
        """The session and these blocks; what they print. With None it may stop."""
        text = "".join(self.blocks[name] for name in ("session", *blocks))
        path = f"{self.folder / 'bin'}:/usr/bin:/bin"
        done = subprocess.run(
            ["sh", "-eu", "-c", text],
            env={"PATH": path, "LC_ALL": "C", "PARCEL": f"in/{parcel}", "WORD": f"in/{word}"},
            cwd=self.folder,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert ok is None or (done.returncode == 0) is ok, done.stderr.decode()
        return (done.stdout if done.returncode == 0 else done.stderr).decode()

    def ask(self, form: str) -> None:
        """A statement that needs no parcel: signed and said by the page's own means."""
        self.blocks["ask"] = (
            'printf \'{"at":"%s","aud":"%s","epoch":1,"from":1,"iss":"%s",'
            '"typ":"request","v":1}\' "$(now)" "$GATEWAY" "$PARTNER" >work/n.json\n'
            f"{form}\nsay work/n.signed\n"
        )
        self.run("ask")

    def empty_said(self) -> None:
        """What was said in rehearsals is answered by the ladder alone."""
        for path in (self.folder / "said").iterdir():
            path.unlink()

    def heard(self, pattern: str) -> list[str]:
        """What the block `word` says of each file in `in/`."""
        found = sorted(path.name for path in (self.folder / "in").glob(pattern))
        return [self.run("word", word=name) for name in found]

    def unanswered(self) -> list[str]:
        """What it waits for."""
        return [path.name for path in (self.folder / "said").iterdir()]


class OpensslThatPulls(Pulled):
    """With docs/partner-openssl.md."""

    def begin(self, url: str) -> None:
        """Keys, settings, the gateway's certificate and the card."""
        self.stock = StockPartner("partner-openssl.md", self.folder / "partner")
        roles = {Role.MANIFEST: "gateway", Role.STATEMENT: "gateway-answers"}
        keys = {role: _native(self, Envelope.CMS, role) for role in roles}
        first, second = (phone_text(key.kid).replace(" ", "") for key in keys.values())
        self.stock.settle(
            GATEWAY=self.gateway.name,
            GATEWAY_KEY=first,
            ANSWER_KEY=second,
            CA=str(self.folder / "ca.pem"),
            URL=url,
        )
        folder = self.stock.folder
        for role, name in roles.items():
            (folder / f"{name}.crt").write_bytes(export(keys[role], "certificate"))
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
        for role in (Role.MANIFEST, Role.STATEMENT):
            self._new_key(role)
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

    def _new_key(self, role: Role) -> None:
        services = rotating(self.gateway)
        now = self.gateway.clock.now()
        key = services.make(role, Algorithm.OPENPGP, None, now)
        services.rotation.announce(key, self.siti)
        services.rotation.approve(key.kid, self.budi)

    def _begin(self, home: Path) -> None:
        (gnupg := home / "gnupg").mkdir(mode=0o700)
        (empty := home / "empty").touch()  # a person types a passphrase; here there is none
        answers = f"batch\nquiet\npinentry-mode loopback\npassphrase-file {empty}\n"
        (gnupg / "gpg.conf").write_text(answers)
        roles = {Role.MANIFEST: "gateway", Role.STATEMENT: "gateway-answers"}
        keys = {role: _native(self, Envelope.OPENPGP, role) for role in roles}
        first, second = (key.kid[4:].upper() for key in keys.values())
        self.stock.settle(
            GATEWAY=self.gateway.name,
            GATEWAY_KEY=first,
            ANSWER_KEY=second,
            CHANNEL=self.server.uri("/inbox"),
            REPLY=self.server.uri("/outbox"),
            PEER=self.server.pin,
        )
        for role, name in roles.items():
            (home / f"{name}.asc").write_text(keys[role].public)
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


def _native(office: Office, envelope: Envelope, role: Role) -> PinnedKey:
    """The gateway's key of this role that signs for this tool."""
    found = [
        key
        for key in office.gateway.trust().keys
        if key.role is role and key.alg in COUNTERSIGNS_WITH[envelope]
    ]
    return found[-1]
