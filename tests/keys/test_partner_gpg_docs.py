"""docs/partner-gpg.md as printed: a partner with a shell, gpg and unzip, and nothing of ours."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gateway.domain import entries, parcel
from gateway.domain.canonical import decode, digest
from gateway.domain.entries import SliceEntry
from gateway.domain.ids import DeliveryId, Envelope
from gateway.domain.manifest import EntriesHead, Manifest
from gateway.domain.openpgp import content
from gateway.domain.parcel import Contents
from gateway.domain.statements import About, Ack, Confirmation
from gateway.domain.trust import PinnedKey, Role, Trust
from keys import openpgp
from keys.cards import open_card
from keys.documents import Documents
from keys.jws import JoseSignatures
from tests.keys.gnupg import Gpg, key_ring
from tests.keys.openpgp_parts import MANIFEST, STRANGER, HeldPgp
from tests.keys.parties import GATEWAY, GATEWAY_MANIFEST, NOW, OPERATOR

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "partner-gpg.md").read_text()
SCRIPT = ROOT / "demo" / "gpg_partner" / "partner.sh"
BLOCKS = dict(re.findall(r"^```sh (\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
SETTINGS = re.findall(r"^```\n(PARTNER=.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0]
NAME = "palang-opr-uji-a-1-00000001.zip.pgp"
SALT = bytes(range(32))
CHECKPOINT = "palang-uji.example/ledger\n7\n" + "A" * 43 + "=\n\n\u2014 palang-uji.example AAAA\n"

pytestmark = pytest.mark.gpg


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
            env=_environment(self.folder),
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

    def said(self) -> list[bytes]:
        """What lies in `out/`, oldest first; each under the digest of its bytes."""
        found = sorted((self.folder / "out").iterdir(), key=lambda path: path.stat().st_mtime_ns)
        for path in found:
            assert path.name == digest(path.read_bytes()).removeprefix("sha256:") + ".jws"
        return [path.read_bytes() for path in found]


def _environment(folder: Path) -> dict[str, str]:
    """A plain one: no settings of this machine, and a short way to gpg's sockets."""
    return {"PATH": f"{folder / 'bin'}:/usr/bin:/bin", "PARCEL": f"in/{NAME}", "LC_ALL": "C"}


@pytest.fixture(scope="module")
def shell() -> Iterator[Shell]:
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
            _stand_in_unzip(folder / "bin" / "unzip")
        settings = SETTINGS.replace("GATEWAY_KEY=", f"GATEWAY_KEY={MANIFEST.pin.kid[4:].upper()}")
        (folder / "partner.env").write_text(settings)
        (folder / "gateway.asc").write_text(MANIFEST.pin.public)
        made = Shell(folder, Gpg(ring.program, gnupg), {})
        assert made.run("keys", "card", "gateway").endswith(f"{MANIFEST.pin.kid[4:].upper()}\n")
        made.keys.update(_taken((folder / "card.asc").read_bytes()))
        yield made
        agent = ["gpgconf", "--homedir", str(gnupg), "--kill", "all"]
        subprocess.run(agent, check=False, capture_output=True, timeout=60)


def _stand_in_unzip(path: Path) -> None:
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


@pytest.fixture(autouse=True)
def _empty(shell: Shell) -> None:
    """Nothing in, nothing out, nothing done."""
    for name in ("in", "out", "done", "work"):
        shutil.rmtree(shell.folder / name, ignore_errors=True)
        (shell.folder / name).mkdir()


def test_a_parcel_is_opened_acknowledged_and_confirmed(shell: Shell) -> None:
    sealed = shell.lay()
    said = shell.run("open", "ack", "confirm")
    assert said.splitlines()[-2:] == [
        "a test: block nothing",
        f"good: 7.opr-uji-a.1, 3 entries in work/{NAME}/entries.csv",
    ]
    read = [
        Documents().open_statement(
            document, OPERATOR, Role.STATEMENT, shell.trust, now(), GATEWAY.id
        )
        for document in shell.said()
    ]
    assert {one.key for one in read} == {shell.keys[Role.STATEMENT]}
    ack, confirm = (one.statement for one in read)
    assert isinstance(ack, Ack)
    assert ack.about == About(1, 1, digest(sealed), digest(HEAD.to_bytes()))
    assert (ack.result, ack.checkpoint) == ("positive", digest(CHECKPOINT.encode()))
    assert isinstance(confirm, Confirmation)
    assert (confirm.delivery, confirm.about.manifest) == ("7.opr-uji-a.1", ack.about.manifest)
    assert [(row.entry, row.disposition, row.scope) for row in confirm.rows] == [
        (entry, "diblokir_total", "total") for entry in (1, 2, 3)
    ]


def test_a_parcel_that_comes_again_is_good_and_another_of_its_sequence_is_not(shell: Shell) -> None:
    shell.lay()
    shell.run("open", "ack")
    shell.lay()
    shell.run("open")
    shell.lay(replace(HEAD, issued=NOW + 60_000_000))
    assert "another parcel had this sequence" in shell.run("open", ok=False)


def test_an_epoch_that_is_over_is_refused(shell: Shell) -> None:
    shell.lay(replace(HEAD, epoch=2))
    shell.run("open", "ack")
    shell.lay()
    assert "an epoch that is over" in shell.run("open", ok=False)


def test_another_signer_is_refused_though_gpg_knows_the_key(shell: Shell) -> None:
    shell.gpg.run("--import", data=STRANGER.pin.public.encode())
    shell.lay(by=STRANGER)
    assert "signed by another key" in shell.run("open", ok=False)


def test_other_entries_another_partner_and_a_damaged_file_are_refused(shell: Shell) -> None:
    shell.lay(csv=CSV.replace(b"628701111001", b"628701111009"))
    assert "other entries" in shell.run("open", ok=False)
    shell.lay(replace(HEAD, partner="opr-uji-b"))
    assert "for another partner" in shell.run("open", ok=False)
    sealed = shell.lay()
    (shell.folder / "in" / NAME).write_bytes(sealed[:-9] + bytes(9))
    assert "not for this key, or damaged" in shell.run("open", ok=False)
    assert shell.said() == []


def test_signed_entries_that_can_not_be_meant_are_refused(shell: Shell) -> None:
    letter = CSV.replace(b"628701111001", b"62870111100x")
    twice = CSV.replace(b"628701111001", b"628701111002")
    for head, csv in (
        (replace(HEAD, block=4), CSV),
        (manifest(letter), letter),
        (manifest(twice), twice),
    ):
        shell.lay(head, csv)
        assert "entries that can not be meant" in shell.run("open", ok=False)


def test_the_card_is_plain_json_in_a_signed_file(shell: Shell) -> None:
    document = decode(content.payload_of((shell.folder / "card.asc").read_bytes()), what="the card")
    assert document["name"] == "Operator Uji A"
    assert {key["role"] for key in document["keys"]} == {"statement", "seal"}


def test_the_script_of_the_demo_is_the_page() -> None:
    steps = "".join(f"{name})\n{text};;\n" for name, text in BLOCKS.items() if name != "session")
    body = f'for step in "$@"; do\ncase "$step" in\n{steps}*) stop "no step $step" ;;\nesac\ndone\n'
    assert SCRIPT.read_text().endswith(BLOCKS["session"] + body)


def test_the_script_does_the_same(shell: Shell) -> None:
    shell.lay()
    done = subprocess.run(
        ["sh", str(SCRIPT), "open", "ack", "confirm"],
        env=_environment(shell.folder),
        cwd=shell.folder,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert len(shell.said()) == 2
