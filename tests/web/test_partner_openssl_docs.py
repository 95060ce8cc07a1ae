"""docs/partner-openssl.md as printed: shell, openssl, unzip, awk and curl, at the real listener."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from adapters.exchange_publishing import publish_partner
from demo.cast import TERMS
from gateway.domain import fetched, parcel
from gateway.domain.canonical import digest
from gateway.domain.cms import der, names
from gateway.domain.cms.ber import SET
from gateway.domain.fingerprints import phone_text
from gateway.domain.ids import Envelope, ParcelName
from gateway.domain.manifest import Manifest
from gateway.domain.parcel import Contents
from gateway.domain.statements import About, Ack, Confirmation, Consent, Request
from gateway.domain.times import DAY
from gateway.domain.trust import Algorithm, PinnedKey, Role, Trust
from gateway.ports import Parcel, TransportRules
from keys.cards import open_card
from keys.cms_signed import sign_detached
from keys.documents import Documents
from keys.envelopes import EnvelopeSealer
from keys.exports import export
from keys.jws import JoseSignatures
from tests.keys.parties import GATEWAY, GATEWAY_MANIFEST, OPERATOR, Held, held
from tests.keys.test_partner_gpg_docs import (
    CHECKPOINT,
    CSV,
    HEAD,
    SALT,
    _stand_in_unzip,
    manifest,
)
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
NOBODY = der.sequence(  # SignedData with no signer at all
    names.SIGNED,
    der.tlv(
        0xA0,
        der.sequence(der.integer(1), der.tlv(SET), der.sequence(names.DATA), der.tlv(SET)),
    ),
)

pytestmark = pytest.mark.openssl


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
    return {"PATH": f"{folder / 'bin'}:/usr/bin:/bin", "LC_ALL": "C", "PARCEL": f"in/{NAME}"}


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A partner that made its keys, handed over its card, and took the gateway's key."""
    shell = Shell(tmp_path_factory.mktemp("partner"))
    (shell.folder / "bin").mkdir()
    if shutil.which("curl") is None:
        stand_in_curl.install(shell.folder / "bin")
    if shutil.which("unzip") is None:
        _stand_in_unzip(shell.folder / "bin" / "unzip")
    text = phone_text(MANIFEST.pin.kid).replace(" ", "")
    settings = SETTINGS.replace("GATEWAY_KEY=", f"GATEWAY_KEY={text}")
    (shell.folder / "partner.env").write_text(settings)
    (shell.folder / "gateway.crt").write_bytes(export(MANIFEST.pin, "certificate"))
    said = shell.run("keys", "card", "gateway").splitlines()
    card = open_card((shell.folder / "card.p7m").read_bytes(), GATEWAY.id, RealClock().now())
    assert (said[-2].strip(), said[-1]) == (card.fingerprint, text)
    assert (card.card.iss, card.card.envelopes) == (A, ("cms",))
    shell.keys.update({key.role: key for key in card.keys})
    return shell


@pytest.fixture
def shell(known: Shell, tmp_path: Path) -> Iterator[Shell]:
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


def test_a_parcel_is_fetched_opened_acknowledged_and_confirmed(shell: Shell) -> None:
    sealed = shell.lay()
    said = shell.run("fetch", "open", "ack", "confirm")
    assert said.splitlines() == [
        f"in/{NAME}",
        "a test: block nothing",
        f"good: 7.{A}.1, 3 entries in work/{NAME}/entries.csv",
    ]
    read = [
        Documents().open_statement(
            document, OPERATOR, Role.STATEMENT, shell.trust, RealClock().now(), GATEWAY.id
        )
        for document in [*shell.house.kept(), *_requests(shell.house)]
    ]
    assert {one.key for one in read} == {shell.keys[Role.STATEMENT]}
    ack, confirm, request = (one.statement for one in read)
    assert isinstance(ack, Ack) and isinstance(request, Request)
    assert ack.about == About(1, 1, digest(sealed), digest(HEAD.to_bytes()))
    assert (ack.result, ack.checkpoint) == ("positive", digest(CHECKPOINT.encode()))
    assert isinstance(confirm, Confirmation)
    assert (confirm.delivery, confirm.about.manifest) == (f"7.{A}.1", ack.about.manifest)
    assert [(row.entry, row.disposition, row.scope) for row in confirm.rows] == [
        (entry, "diblokir_total", "total") for entry in (1, 2, 3)
    ]
    assert shell.run("fetch", "open") == "nothing lies ready\n"


def _requests(house: House) -> list[bytes]:
    return [fetched.read(word).request.encode() for word in house.fetches()]


def test_it_comes_again_until_it_was_acknowledged(shell: Shell) -> None:
    shell.lay()
    assert shell.run("fetch", "open") == shell.run("fetch", "open")
    shell.run("fetch", "open", "ack")
    assert shell.run("fetch") == "nothing lies ready\n"


@pytest.mark.parametrize(
    ("native", "word"),
    [
        (STRANGER, "the signature does not hold"),
        (sign_detached(b"{}", MANIFEST.signer), "the signature does not hold"),
        (NOBODY, "the signature does not hold"),
    ],
    ids=["stranger", "of another manifest", "nobody"],
)
def test_a_parcel_that_another_signed_or_nobody_is_refused(
    shell: Shell, native: bytes | Held, word: str
) -> None:
    shell.lay(native=native)
    assert word in shell.run("fetch", "open", ok=False)


def test_other_entries_another_partner_and_a_damaged_file_are_refused(shell: Shell) -> None:
    shell.lay(csv=CSV.replace(b"628701111001", b"628701111009"))
    assert "other entries" in shell.run("fetch", "open", ok=False)
    place = shell.folder / "in" / NAME
    place.write_bytes(shell.sealed(replace(HEAD, partner="opr-uji-b")))
    assert "for another partner" in shell.run("open", ok=False)
    place.write_bytes(shell.sealed()[:-9] + bytes(9))
    assert "not for this key, or damaged" in shell.run("open", ok=False)
    assert not (shell.folder / "work" / NAME / "unverified").exists()
    assert shell.house.kept() == []


def test_signed_entries_that_can_not_be_meant_are_refused(shell: Shell) -> None:
    letter = CSV.replace(b"628701111001", b"62870111100x")
    for head, csv in ((replace(HEAD, block=4), CSV), (manifest(letter), letter)):
        (shell.folder / "in" / NAME).write_bytes(shell.sealed(head, csv))
        assert "entries that can not be meant" in shell.run("open", ok=False)


def test_another_certificate_than_the_one_compared_is_refused(shell: Shell) -> None:
    (shell.folder / "gateway.crt").write_bytes(export(STRANGER.pin, "certificate"))
    shell.lay(native=STRANGER)
    assert "another key than you compared" in shell.run("fetch", "open", ok=False)


def test_an_epoch_that_is_over_and_another_of_its_sequence_are_refused(shell: Shell) -> None:
    shell.lay(replace(HEAD, epoch=2))
    shell.run("fetch", "open", "ack")
    place = shell.folder / "in" / NAME
    place.write_bytes(shell.sealed(replace(HEAD, epoch=2, issued=HEAD.issued + 60_000_000)))
    assert "another parcel had this sequence" in shell.run("open", ok=False)
    place.write_bytes(shell.sealed())
    assert "an epoch that is over" in shell.run("open", ok=False)


def test_an_ott_has_a_card_of_its_kind_and_consents(shell: Shell) -> None:
    with (shell.folder / "partner.env").open("a") as settings:
        settings.write("KIND=ott\nSAYS='ditindak;account'\n")
    (shell.folder / "terms.json").write_text(json.dumps(TERMS))
    shell.lay()
    shell.run("card", "consent", "fetch", "open", "confirm")
    card = open_card((shell.folder / "card.p7m").read_bytes(), GATEWAY.id, RealClock().now())
    assert card.card.partner_kind == "ott"
    consent, confirm = (
        Documents()
        .open_statement(one, OPERATOR, Role.STATEMENT, shell.trust, RealClock().now(), GATEWAY.id)
        .statement
        for one in shell.house.kept()
    )
    assert isinstance(consent, Consent) and consent.answers == TERMS["answers"]
    assert isinstance(confirm, Confirmation)
    assert {(row.disposition, row.scope) for row in confirm.rows} == {("ditindak", "account")}


def test_the_script_of_the_demo_is_the_page() -> None:
    steps = "".join(f"{name})\n{text};;\n" for name, text in BLOCKS.items() if name != "session")
    body = f'for step in "$@"; do\ncase "$step" in\n{steps}*) stop "no step $step" ;;\nesac\ndone\n'
    assert SCRIPT.read_text().endswith(BLOCKS["session"] + body)


def test_the_script_does_the_same_over_folders(shell: Shell) -> None:
    settings = (shell.folder / "partner.env").read_text()
    (shell.folder / "partner.env").write_text(settings.replace("pull:", "dir:"))
    (shell.folder / "in" / NAME).write_bytes(shell.sealed())
    shell.ended(["sh", str(SCRIPT), "open", "ack", "confirm"])
    said = sorted((shell.folder / "out").iterdir())
    assert [path.name for path in said] == [
        digest(path.read_bytes()).removeprefix("sha256:") + ".p7m" for path in said
    ]
    assert (len(said), shell.house.kept()) == (2, [])
