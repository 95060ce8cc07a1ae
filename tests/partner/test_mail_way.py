"""A kit whose channel is mail, against the gateway's own mail adapter and a post office."""

from __future__ import annotations

import email
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from adapters.mail_accounts import MailAccounts
from adapters.mail_scheme import MailScheme
from demo.mail_server import deliver, make_maildir
from gateway.domain import failpoints
from gateway.domain.canonical import digest
from gateway.domain.ids import Envelope, ParcelName
from gateway.ports import Adapter, Inbound, Message, Parcel
from keys.jws import statement_kind
from partner.kit import Kit
from partner.loop import Rounds
from partner.status import status
from tests.adapters.mail_rigs import OURS, PARTNER, PASSWORD, SENDER, USER, Pki
from tests.adapters.rigs import QUICK, Login, partner
from tests.partner.factory import Gateway, Made, block, make_kit, number
from tests.peers.mail_embedded import WilfulMailServer

Events = list[tuple[str, dict[str, object]]]


@dataclass
class MailRig:
    """The post office, both mailboxes, and both sides."""

    gateway: Gateway
    kit: Kit
    office: WilfulMailServer
    adapter: Adapter
    box: Path
    theirs: Path

    def __post_init__(self) -> None:
        self.events: Events = []
        self.rounds = Rounds(self.kit, lambda event, facts: self.events.append((event, facts)))

    def send(self, made: Made) -> None:
        """A parcel as the gateway sends it."""
        head = made.manifest
        name = ParcelName(head.partner, head.epoch, head.sequence, Envelope.JOSE)
        self.adapter.send(made.delivery, Parcel(name, made.data, made.digest))

    def say(self, word: bytes, name: str = "head") -> None:
        """An answer or head as the gateway sends it."""
        named = f"palang-{self.kit.identity.id}-{name}.jws"
        self.adapter.say(Message(named, word, digest(word)))

    def collect(self) -> list[bytes]:
        """The statements that the gateway finds in its mailbox."""
        kept: list[Inbound] = []
        self.adapter.collect(kept.append)
        assert {item.kind for item in kept} <= {"statement"}
        return [item.data for item in kept]

    def round(self) -> bool:
        self.events.clear()
        return self.rounds.once()

    def reload(self, **changes: str) -> None:
        """The kit with other mail settings."""
        mail = replace(self.kit.settings.mail, **changes)
        self.kit = replace(self.kit, settings=replace(self.kit.settings, mail=mail))
        self.__post_init__()

    def lying(self, folder: str = "") -> int:
        place = self.theirs / folder
        return sum(len(list((place / part).iterdir())) for part in ("new", "cur"))


@pytest.fixture(params=["smtps", "smtp"])
def rig(tmp_path: Path, gateway: Gateway, request: pytest.FixtureRequest) -> Iterator[MailRig]:
    yield from made_rig(tmp_path, gateway, request.param)


@pytest.fixture
def tls_rig(tmp_path: Path, gateway: Gateway) -> Iterator[MailRig]:
    yield from made_rig(tmp_path, gateway, "smtps")


def made_rig(tmp_path: Path, gateway: Gateway, scheme: str) -> Iterator[MailRig]:
    pki, mail = Pki(tmp_path), tmp_path / "mail"
    box, theirs = make_maildir(mail / SENDER), make_maildir(mail / PARTNER)
    secret = tmp_path / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o600)
    certificate = (pki.chain, pki.key)
    with WilfulMailServer(mail, {USER: PASSWORD}, certificate, starttls=scheme == "smtp") as office:
        relay = f"{scheme}://{USER}@localhost:{office.port}"
        given = {
            "mail.maildir": json.dumps(str(theirs)),
            "mail.smtp": json.dumps(relay),
            "mail.sender": json.dumps(PARTNER),
            "mail.to": json.dumps(OURS),
            "mail.ca": json.dumps(str(pki.ca)),
            "mail.password": json.dumps(str(secret)),
        }
        kit = make_kit(
            tmp_path / "kit", gateway, channel=f"mailto:{PARTNER}", reply="", given=given
        )
        accounts = MailAccounts(relay, SENDER, f"maildir:{box}", str(pki.ca))
        login = Login(passwords={"mail-relay": PASSWORD})
        house = MailScheme(kit.clock, login, accounts, limits=QUICK)
        adapter = house.adapter(partner(f"mailto:{PARTNER}", "", ""))
        yield MailRig(gateway, kit, office, adapter, box, theirs)
    failpoints.arm(None)


def test_parcels_come_and_statements_leave_by_mail(rig: MailRig) -> None:
    for n in (1, 2):
        rig.send(rig.gateway.parcel(rig.kit, block(n)))
    assert rig.round()
    assert [str(statement_kind(jws)) for jws in rig.collect()] == ["ack"] * 2 + ["confirm"] * 2
    assert (rig.lying(), rig.lying(".Processed")) == (0, 2)
    assert rig.round()
    assert rig.collect() == []


def test_answers_and_heads_come_by_mail(tls_rig: MailRig) -> None:
    tls_rig.send(tls_rig.gateway.parcel(tls_rig.kit, block(1)))
    tls_rig.round()
    for jws in tls_rig.collect():
        word = tls_rig.gateway.answer(tls_rig.kit, jws)
        tls_rig.say(word, f"answer-{digest(jws)[7:23]}")
    tls_rig.say(tls_rig.gateway.head(tls_rig.kit))
    assert tls_rig.round()
    assert [event for event, _facts in tls_rig.events] == ["answered", "answered", "head"]
    assert status(tls_rig.kit).awaiting == ()


def test_the_same_parcel_in_two_mails_is_one_record(tls_rig: MailRig) -> None:
    made = tls_rig.gateway.parcel(tls_rig.kit, block(1))
    tls_rig.send(made)
    tls_rig.send(made)
    assert tls_rig.round()
    with tls_rig.kit.state.read() as tx:
        assert tx.one("SELECT count(*) FROM parcels") == (1,)


def test_a_mail_of_a_statement_can_be_read_by_anybody_and_holds_no_number(
    tls_rig: MailRig,
) -> None:
    tls_rig.send(tls_rig.gateway.parcel(tls_rig.kit, block(1)))
    tls_rig.round()
    mails = [path.read_bytes() for path in (tls_rig.box / "new").iterdir()]
    assert len(mails) == 2
    for data in mails:
        assert b"\n" not in data.replace(b"\r\n", b"")
        message = email.message_from_bytes(data)
        assert (message["From"], message["To"]) == (PARTNER, OURS)
        (part,) = [part for part in message.walk() if part.get_filename()]
        body = part.get_payload(decode=True)
        assert isinstance(body, bytes)
        assert part.get_content_type() == "application/jose"
        assert part.get_filename() == digest(body).removeprefix("sha256:") + ".jws"
        assert str(number(1)).encode() not in data + body
    ids = {email.message_from_bytes(data)["Message-ID"] for data in mails}
    assert len(ids) == 2


def test_other_peoples_mails_stay_where_they_are(tls_rig: MailRig) -> None:
    deliver(tls_rig.theirs, b"From: x@y.example\r\nSubject: hello\r\n\r\nhello\r\n")
    assert tls_rig.round()
    assert tls_rig.events == []
    assert tls_rig.lying() == 1


@pytest.mark.parametrize(
    "mail",
    [
        b"Palang-Parcel: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n",
        b"Palang-Parcel: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        b"Content-Disposition: attachment; filename=palang-opr-uji-a-1-00000001.zip.jwe\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!!\r\n--b--\r\n",
        b"Palang-Parcel: x\r\n" + b"X: y\r\n" * 10_000 + b"\r\n",
    ],
)
def test_a_broken_mail_is_put_aside_and_told_and_stops_nothing(
    tls_rig: MailRig, mail: bytes
) -> None:
    deliver(tls_rig.theirs, mail)
    tls_rig.send(tls_rig.gateway.parcel(tls_rig.kit, block(1)))
    assert not tls_rig.round()
    assert status(tls_rig.kit).sequence == 1
    assert tls_rig.round()


def test_a_forged_attachment_is_refused_by_its_signature(tls_rig: MailRig) -> None:
    other = Gateway()
    tls_rig.send(other.parcel(tls_rig.kit, block(1)))
    tls_rig.say(other.head(tls_rig.kit))
    assert not tls_rig.round()
    assert {event for event, _facts in tls_rig.events} >= {"refused", "word refused"}
    assert tls_rig.lying(".Refused") == 2
    (said,) = tls_rig.collect()
    assert str(statement_kind(said)) == "ack"


def test_one_statement_that_the_relay_does_not_want_keeps_no_other_back(tls_rig: MailRig) -> None:
    tls_rig.send(tls_rig.gateway.parcel(tls_rig.kit, block(1)))
    tls_rig.office.answers["DATA"] = "552 5.3.4 too large"
    assert not tls_rig.round()
    assert [str(statement_kind(jws)) for jws in tls_rig.collect()] == ["confirm"]
    assert tls_rig.round()
    assert [str(statement_kind(jws)) for jws in tls_rig.collect()] == ["ack"]


@pytest.mark.parametrize("what", ["ca", "password", "scheme", "closed"])
def test_nothing_is_said_to_a_relay_that_is_not_proven(
    tls_rig: MailRig, tmp_path: Path, what: str
) -> None:
    tls_rig.send(tls_rig.gateway.parcel(tls_rig.kit, block(1)))
    taken = list(tls_rig.office.taken)
    logins = list(tls_rig.office.logins)
    wrong = tmp_path / "wrong"
    wrong.write_text("salah-salah")
    wrong.chmod(0o600)
    match what:
        case "ca":
            tls_rig.reload(ca=Pki(_folder(tmp_path)).stranger(tmp_path))
        case "password":
            tls_rig.reload(password=str(wrong))
        case "scheme":
            tls_rig.reload(smtp=f"http://{USER}@localhost:{tls_rig.office.port}")
        case "closed":
            tls_rig.reload(smtp=f"smtps://{USER}@localhost:1")
    assert not tls_rig.round()
    troubles = [facts for event, facts in tls_rig.events if event == "trouble"]
    assert len(troubles) == 1
    assert tls_rig.office.taken == taken
    if what != "password":
        assert tls_rig.office.logins == logins
    assert len(status(tls_rig.kit).unsent) == 2


def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "other"
    folder.mkdir()
    return folder


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("step", ["kit.store", "kit.publish", "mail.move", "mail.data"])
@pytest.mark.parametrize("side", ["before", "after"])
def test_ended_at_a_step_and_run_again_loses_and_doubles_nothing(
    tls_rig: MailRig, step: str, side: str
) -> None:
    tls_rig.send(tls_rig.gateway.parcel(tls_rig.kit, block(1)))

    def end(point: str) -> None:
        if point == f"{side}:{step}":
            failpoints.arm(None)
            raise Killed

    failpoints.arm(end)
    with pytest.raises(Killed):
        tls_rig.round()
    assert tls_rig.round()
    kinds = {digest(jws): str(statement_kind(jws)) for jws in tls_rig.collect()}
    assert sorted(kinds.values())[-1] == "confirm"
    assert list(kinds.values()).count("confirm") == 1
    with tls_rig.kit.state.read() as tx:
        assert tx.one("SELECT count(*) FROM parcels") == (1,)
    assert (tls_rig.lying(), status(tls_rig.kit).unsent) == (0, ())
