"""docs/partner-openssl.md as printed: its blocks, a partner's folder, and the real listener."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from adapters.exchange_publishing import publish_partner
from gateway.domain import parcel
from gateway.domain.canonical import digest
from gateway.domain.fingerprints import phone_text
from gateway.domain.ids import Envelope, ParcelName
from gateway.domain.manifest import Manifest
from gateway.domain.parcel import Contents
from gateway.domain.times import DAY
from gateway.domain.trust import Algorithm, PinnedKey, Role, Trust
from gateway.ports import Parcel, TransportRules
from keys.cards import open_card
from keys.cms_signed import sign_detached
from keys.envelopes import EnvelopeSealer
from keys.exports import export
from keys.jws import JoseSignatures
from tests.keys.gpg_page import (
    CSV,
    HEAD,
    SALT,
    stand_in_unzip,
)
from tests.keys.parties import GATEWAY, GATEWAY_MANIFEST, Held, held
from tests.web import stand_in_curl
from tests.web.house import A, Clock, House, fresh_url, house_on, partner
from tests.web.wire import wired

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "partner-openssl.md").read_text()
SCRIPT = ROOT / "demo" / "openssl_partner" / "partner.sh"
BLOCKS = dict(re.findall(r"^```sh (\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
SETTINGS = re.findall(r"^```\n(PARTNER=.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0]
NAME = str(ParcelName(A, 1, 1, Envelope.CMS))
AT = time.time_ns() // 1000
MANIFEST, STRANGER = (
    held(GATEWAY, Role.MANIFEST, Algorithm.ES256, AT - DAY, AT + DAY) for _ in range(2)
)
ANSWERING = held(GATEWAY, Role.STATEMENT, Algorithm.ES256, AT - DAY, AT + DAY)


class RealClock(Clock):
    """The machine's: the page asks `date`."""

    def now(self) -> int:
        return time.time_ns() // 1000


@dataclass
class Shell:
    """A partner's folder, the listener, and the keys that its card brought."""

    folder: Path
    keys: dict[Role, PinnedKey] = field(default_factory=dict)
    listener: House | None = None

    @property
    def house(self) -> House:
        """The listener's."""
        assert self.listener is not None
        return self.listener

    @property
    def trust(self) -> Trust:
        """What the gateway pinned."""
        return Trust(GATEWAY.id, self.keys.values())

    def run(self, *blocks: str, ok: bool = True) -> str:
        """The session and these blocks as printed; what they print."""
        text = "".join(BLOCKS[name] for name in ("session", *blocks))
        return self.ended(["sh", "-eu", "-c", text], ok=ok)

    def ended(self, command: list[str], *, ok: bool = True) -> str:
        """What it prints, on standard error where it must fail."""
        done = subprocess.run(
            command,
            env=_environment(self.folder),
            cwd=self.folder,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode == 0) is ok, done.stderr.decode()
        return done.stdout.decode() if ok else done.stderr.decode()

    def sealed(
        self, head: Manifest = HEAD, csv: bytes = CSV, native: bytes | Held = MANIFEST
    ) -> bytes:
        """A parcel, sealed to what the card says."""
        signed = head.to_bytes()
        jws = JoseSignatures().sign_detached(signed, "manifest", GATEWAY_MANIFEST.signer)
        mark = native if isinstance(native, bytes) else sign_detached(signed, native.signer)
        packed = parcel.pack(Contents(signed, jws, csv, SALT, mark), Envelope.CMS)
        return EnvelopeSealer().seal(packed, Envelope.CMS, self.keys[Role.SEAL])

    def lay(
        self, head: Manifest = HEAD, csv: bytes = CSV, native: bytes | Held = MANIFEST
    ) -> bytes:
        """As sealed; it lies ready."""
        data = self.sealed(head, csv, native)
        name = ParcelName(A, head.epoch, head.sequence, Envelope.CMS)
        self.house.lay(Parcel(name, data, digest(data)))
        return data


def _environment(folder: Path) -> dict[str, str]:
    """A plain one: no settings of this machine. PARCEL is what lies there, until it is fetched."""
    path = f"{folder / 'bin'}:/usr/bin:/bin"
    return {"PATH": path, "LC_ALL": "C", "PARCEL": f"in/{NAME}", "WORD": "in/word"}


def fingerprint(key: Held) -> str:
    """Of a key of the gateway, as its officer reads it by phone."""
    return phone_text(key.pin.kid).replace(" ", "")


def known_partner(folder: Path) -> Shell:
    """A partner that made its keys, handed over its card, and took the gateway's keys."""
    shell = Shell(folder)
    (shell.folder / "bin").mkdir()
    if shutil.which("curl") is None:
        stand_in_curl.install(shell.folder / "bin")
    if shutil.which("unzip") is None:
        stand_in_unzip(shell.folder / "bin" / "unzip")
    settings, heard = SETTINGS, []
    files = (("GATEWAY_KEY", MANIFEST, "gateway"), ("ANSWER_KEY", ANSWERING, "gateway-answers"))
    for name, key, file in files:
        heard.append(fingerprint(key))
        settings = settings.replace(f"{name}=", f"{name}={heard[-1]}")
        (shell.folder / f"{file}.crt").write_bytes(export(key.pin, "certificate"))
    (shell.folder / "partner.env").write_text(settings)
    said = shell.run("keys", "card", "gateway").splitlines()
    card = open_card((shell.folder / "card.p7m").read_bytes(), GATEWAY.id, RealClock().now())
    assert [said[-3].strip(), *said[-2:]] == [card.fingerprint, *heard]
    assert (card.card.iss, card.card.envelopes) == (A, ("cms",))
    shell.keys.update({key.role: key for key in card.keys})
    return shell


@contextmanager
def partner_shell(known: Shell, tmp_path: Path) -> Iterator[Shell]:
    """The same partner with nothing done yet, before a listener where nothing lies."""
    folder = tmp_path / "partner"
    shutil.copytree(known.folder, folder)
    with house_on(fresh_url(tmp_path)) as made:
        house = replace(made, clock=RealClock())
        publish_partner(house.exchange, partner(), known.trust, TransportRules(), GATEWAY.id)
        with wired(house, folder) as wire:
            settings = (folder / "partner.env").read_text()
            text = re.sub("URL=.*", f"URL={wire.url}/v1/{A}", settings)
            (folder / "partner.env").write_text(text)
            yield Shell(folder, known.keys, house)
