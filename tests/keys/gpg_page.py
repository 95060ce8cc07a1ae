"""docs/partner-gpg.md as printed: the page's blocks, and a partner's folder to run them in."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.domain import entries, parcel
from gateway.domain.canonical import digest
from gateway.domain.entries import SliceEntry
from gateway.domain.ids import DeliveryId, Envelope
from gateway.domain.manifest import EntriesHead, Manifest
from gateway.domain.parcel import Contents
from gateway.domain.trust import PinnedKey, Role, Trust
from keys import openpgp
from keys.cards import open_card
from keys.jws import JoseSignatures
from tests.keys.gnupg import Gpg, key_ring
from tests.keys.openpgp_parts import MANIFEST, HeldPgp, held
from tests.keys.parties import GATEWAY, GATEWAY_MANIFEST, NOW, OPERATOR

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "partner-gpg.md").read_text()
SCRIPT = ROOT / "demo" / "gpg_partner" / "partner.sh"
BLOCKS = dict(re.findall(r"^```sh (\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
SETTINGS = re.findall(r"^```\n(PARTNER=.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0]
NAME = "palang-opr-uji-a-1-00000001.zip.pgp"
SALT = bytes(range(32))
ANSWERING = held(GATEWAY, Role.STATEMENT)
CHECKPOINT = "palang-uji.example/ledger\n7\n" + "A" * 43 + "=\n\n\u2014 palang-uji.example AAAA\n"


def manifest(csv: bytes) -> Manifest:
    """What the gateway says of these entries."""
    lines = entries.data_lines(csv)
    head = EntriesHead(len(csv), entries.salted_digest(SALT, csv), entries.root(SALT, lines))
    return Manifest(
        gateway=GATEWAY.id,
        partner=OPERATOR.id,
        epoch=1,
        sequence=1,
        previous="",
        kind="delta",
        voids=(),
        delivery=DeliveryId(7, OPERATOR.id, 1),
        basis="mandatory",
        consent="",
        test=True,
        block=len(lines),
        unblock=0,
        entries=head,
        released=NOW,
        issued=NOW,
        respond_within="PT24H",
        checkpoint=CHECKPOINT,
    )


CSV = entries.write(
    [SliceEntry(i, 628701111000 + i, "block", "penipuan", "sms", "", "", "") for i in (1, 2, 3)]
)
HEAD = manifest(CSV)


@dataclass(frozen=True)
class Shell:
    """A partner's folder, and the keys that its card brought."""

    folder: Path
    gpg: Gpg
    keys: dict[Role, PinnedKey]

    @property
    def trust(self) -> Trust:
        """What the gateway pinned."""
        return Trust(GATEWAY.id, self.keys.values())

    def run(self, *blocks: str, ok: bool = True) -> str:
        """The session and these blocks as printed; what they print."""
        text = "".join(BLOCKS[name] for name in ("session", *blocks))
        done = subprocess.run(
            ["sh", "-eu", "-c", text],
            env=environment(self.folder),
            cwd=self.folder,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode == 0) is ok, done.stderr.decode()
        return done.stdout.decode() if ok else done.stderr.decode()

    def lay(self, head: Manifest = HEAD, csv: bytes = CSV, by: HeldPgp = MANIFEST) -> bytes:
        """A parcel into `in/`, sealed to what the card says."""
        signed = head.to_bytes()
        inside = Contents(
            signed,
            JoseSignatures().sign_detached(signed, "manifest", GATEWAY_MANIFEST.signer),
            csv,
            SALT,
            openpgp.sign_detached(signed, by.signer),
        )
        packed = parcel.pack(inside, Envelope.OPENPGP)
        sealed = openpgp.seal(packed, self.keys[Role.SEAL])
        (self.folder / "in" / NAME).write_bytes(sealed)
        return sealed

    def empty(self) -> None:
        """Nothing in, nothing out, nothing done."""
        for name in ("in", "out", "done", "work", "said", "answers"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
            (self.folder / name).mkdir()

    def said(self) -> list[bytes]:
        """What lies in `out/`, oldest first; each under the digest of its bytes."""
        found = sorted((self.folder / "out").iterdir(), key=lambda path: path.stat().st_mtime_ns)
        for path in found:
            assert path.name == digest(path.read_bytes()).removeprefix("sha256:") + ".jws"
        return [path.read_bytes() for path in found]


def environment(folder: Path) -> dict[str, str]:
    """A plain one: no settings of this machine, and a short way to gpg's sockets."""
    path = f"{folder / 'bin'}:/usr/bin:/bin"
    return {"PATH": path, "PARCEL": f"in/{NAME}", "WORD": "in/word", "LC_ALL": "C"}


@contextmanager
def partner_shell() -> Iterator[Shell]:
    """A partner that made its keys, handed over its card, and took the gateway's key."""
    with key_ring() as ring:
        folder = ring.home
        gnupg = folder / "gnupg"
        for path in (gnupg, folder / "bin"):
            path.mkdir(mode=0o700)
        # a person types a passphrase; here there is none
        (empty := folder / "empty").touch()
        answers = f"batch\nquiet\npinentry-mode loopback\npassphrase-file {empty}\n"
        (gnupg / "gpg.conf").write_text(answers)
        if shutil.which("unzip") is None:
            stand_in_unzip(folder / "bin" / "unzip")
        first, second = (one.pin.kid[4:].upper() for one in (MANIFEST, ANSWERING))
        settings = SETTINGS.replace("GATEWAY_KEY=", f"GATEWAY_KEY={first}")
        settings = settings.replace("ANSWER_KEY=", f"ANSWER_KEY={second}")
        (folder / "partner.env").write_text(settings)
        (folder / "gateway.asc").write_text(MANIFEST.pin.public)
        (folder / "gateway-answers.asc").write_text(ANSWERING.pin.public)
        made = Shell(folder, Gpg(ring.program, gnupg), {})
        assert made.run("keys", "card", "gateway").endswith(f"{first}\n{second}\n")
        made.keys.update(_taken((folder / "card.asc").read_bytes()))
        yield made
        agent = ["gpgconf", "--homedir", str(gnupg), "--kill", "all"]
        subprocess.run(agent, check=False, capture_output=True, timeout=60)


def stand_in_unzip(path: Path) -> None:
    """For machines that have none: `unzip -Z1 FILE` and `unzip -q FILE -d FOLDER`."""
    path.write_text(
        f"#!{sys.executable}\nimport sys, zipfile\n"
        "file = zipfile.ZipFile(sys.argv[2])\n"
        "if sys.argv[1] == '-Z1':\n    print(*file.namelist(), sep='\\n')\n"
        "else:\n    file.extractall(sys.argv[4])\n"
    )
    path.chmod(0o755)


def now() -> int:
    """The machine's time: the page asks `date`."""
    return time.time_ns() // 1000


def _taken(card: bytes) -> dict[Role, PinnedKey]:
    """The keys of the card, as the gateway reads it for its officers."""
    opened = open_card(card, GATEWAY.id, now())
    assert opened.card.envelopes == ("openpgp",)
    return {key.role: key for key in opened.keys}
