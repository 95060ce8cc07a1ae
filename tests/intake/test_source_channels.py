"""A list goes the whole way, over each kind of channel: sent by the kit, kept, judged, answered."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import pytest
from click.testing import CliRunner

from adapters.directory_scheme import DirectoryScheme
from adapters.exchange import PullScheme
from adapters.exchange_publishing import publish_partner
from adapters.mail_address import parse as parse_address
from adapters.mail_box import Found
from adapters.mail_message import Correspondent
from adapters.mail_sorting import sort
from adapters.registry import ChannelRegistry
from demo.ports import free_port
from demo.servers import AsyncsshServer
from gateway.domain.trust import OwnerKind, Trust
from gateway.ports import TransportRules
from gateway.store.exchange.store import open_exchange
from gateway.web.listener import Happened, Listener
from gateway.web.server import Serving, listening
from keys.jws import JoseSignatures
from partner import heard, server, source_list
from partner.kit import SystemClock
from partner.loop import Rounds
from partner.main import cli
from partner.source_list import Given
from partner.ways import way_of
from tests.adapters.directory_rigs import AS_ROOT, NOBODY, directory_root, make_folders
from tests.adapters.rigs import AUTHORIZED, Login
from tests.fsck.town import check
from tests.intake.source_desk import SOURCE, Desk, Source, served, source_in
from tests.services.back.parts import GATEWAY
from tests.web.house import fresh_url
from tests.web.wire import authority, server_certificate


def result(source: Source) -> tuple[str, str]:
    """What the kit knows of its last list."""
    with source.kit.state.read() as tx:
        said = heard.listed(tx, "all")[-1]
    assert said.kind == "list"
    return said.result, said.reason


def send(source: Source, name: str = "laporan.csv") -> None:
    made = source_list.draft(source.kit, Given(source.file(name=name), category="penipuan"))
    source_list.send(source.kit, made)
    way_of(source.kit).publish()


def settled(desk: Desk, source: Source, channels: ChannelRegistry) -> None:
    """The worker's round and the kit's: the answer is here, and the list waits once."""
    served(desk, channels)
    for taken in way_of(source.kit).take():
        assert taken.good
    assert result(source) == ("accepted", "")
    (waiting,) = desk.inbox.all()
    assert waiting.waits and waiting.listed.category == "penipuan"
    assert desk.take() and check(desk.town.url).findings == []


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    root.mkdir()
    return make_folders(root, SOURCE)


def test_over_the_folders_beside_the_gateway(desk: Desk, folders: Path, tmp_path: Path) -> None:
    given = {
        "inbox": json.dumps(str(folders / "pickup")),
        "outbox": json.dumps(str(folders / "reply")),
    }
    source = source_in(desk, tmp_path / "kit", given=given)
    send(source)
    (lying,) = (folders / "reply").iterdir()
    if AS_ROOT:
        os.chown(lying, NOBODY, -1)  # whom the partner logs in as
    assert lying.name == f"palang-{SOURCE}-list-00000001.zip.jwe"
    scheme = DirectoryScheme(desk.town.clock, directory_root(folders.parent))
    channels = ChannelRegistry(desk.town.clock, Login(), allow_private=True, house={"dir": scheme})
    settled(desk, source, channels)
    assert list((folders / "reply").iterdir()) == []


@pytest.mark.long
def test_over_sftp(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "sftp").mkdir()
    with AsyncsshServer(tmp_path / "sftp", AUTHORIZED) as sshd:
        for name in ("inbox", "outbox"):
            (sshd.folder / name).mkdir(exist_ok=True)
        login = f"sftp://{sshd.user}@127.0.0.1:{sshd.port}"
        given = {name: json.dumps(str(sshd.folder / name)) for name in ("inbox", "outbox")}
        source = source_in(
            desk,
            tmp_path / "kit",
            channel=f"{login}/inbox",
            reply=f"{login}/outbox",
            peer=sshd.pin,
            given=given,
        )
        send(source)
        settled(desk, source, ChannelRegistry(desk.town.clock, Login(), allow_private=True))


@pytest.fixture
def listener(
    desk: Desk, tmp_path: Path
) -> Iterator[tuple[Source, ChannelRegistry, list[Happened]]]:
    """A source that pulls, the gateway's real listener, and the worker's side of its store."""
    ca, pair, told = tmp_path / "ca.pem", tmp_path / "server.pem", list[Happened]()
    authority().cert_pem.write_to_path(ca)
    server_certificate().private_key_and_cert_chain_pem.write_to_path(pair)
    town = desk.town
    with closing(open_exchange(fresh_url(tmp_path), busy_ms=2000)) as exchange:
        parts = Listener(exchange, JoseSignatures(), town.clock, told.append)
        with listening(parts, Serving("127.0.0.1:0", pair, pair, None, threads=2)) as url:
            given = {
                "pull.url": json.dumps(f"{url}/v1/{SOURCE}"),
                "pull.ca": json.dumps(str(ca)),
            }
            source = source_in(desk, tmp_path / "kit", channel=f"pull:{SOURCE}", given=given)
            keys = [k for k in town.trust().keys if k.owner.kind is not OwnerKind.OFFICER]
            with town.store.read() as uow:
                partner = uow.registry.partner(SOURCE)
            trust = Trust(GATEWAY, keys)
            publish_partner(exchange, partner, trust, TransportRules(), GATEWAY)
            scheme = PullScheme(exchange, GATEWAY, town.clock)
            channels = ChannelRegistry(
                town.clock, Login(), allow_private=True, house={"pull": scheme}
            )
            yield source, channels, told


@pytest.mark.long
def test_over_the_listener(
    desk: Desk, listener: tuple[Source, ChannelRegistry, list[Happened]]
) -> None:
    source, channels, told = listener
    send(source)
    assert [(one.event, one.status) for one in told] == [("list", 202)]
    settled(desk, source, channels)


@pytest.mark.long
def test_the_listener_keeps_no_list_that_its_source_did_not_announce(
    desk: Desk, listener: tuple[Source, ChannelRegistry, list[Happened]]
) -> None:
    source, _channels, told = listener
    made = source_list.send(
        source.kit, source_list.draft(source.kit, Given(source.file(), category="penipuan"))
    )
    changed = made._replace(body=made.body + b"A")
    way = way_of(source.kit)
    reply = way._say("/lists", changed)  # type: ignore[attr-defined]  # the pulling way's own
    assert reply.status == 401
    assert told[-1].note == "body"


def test_the_command_says_what_it_would_sign_and_sends_nothing(
    desk: Desk, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SystemClock, "now", lambda _self: desk.town.clock.now())
    path = source.file()
    home = ["--home", str(source.kit.home)]
    ran = CliRunner().invoke(
        cli(), [*home, "send-list", str(path), "--category", "penipuan", "--dry-run", "--json"]
    )
    assert ran.exit_code == 0, ran.output
    said = json.loads(ran.output)
    assert (said["serial"], said["name"], said["gateway"]) == (1, "laporan.csv", GATEWAY)
    assert said["seal_key"] == desk.seal_pin.kid
    with source.kit.state.read() as tx:
        assert source_list.last_serial(tx) == 0


@pytest.mark.long
def test_over_rest(desk: Desk, tmp_path: Path) -> None:
    authority().cert_pem.write_to_path(tmp_path / "ca.pem")
    issued = server_certificate()
    chain, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    chain.write_bytes(issued.cert_chain_pems[0].bytes())
    key.write_bytes(issued.private_key_pem.bytes())
    port = free_port()
    base = f"https://localhost:{port}"
    given = {
        "listen": json.dumps(f"127.0.0.1:{port}"),
        "tls_cert": json.dumps(str(chain)),
        "tls_key": json.dumps(str(key)),
    }
    pem = (tmp_path / "ca.pem").read_text()
    source = source_in(
        desk, tmp_path / "kit", channel=f"{base}/in", reply=f"{base}/out", peer=pem, given=given
    )
    with server.serving(Rounds(source.kit, lambda _event, _facts: None)):
        send(source)
        settled(desk, source, ChannelRegistry(desk.town.clock, Login(), allow_private=True))


def test_a_list_in_a_mail_is_told_by_its_name(desk: Desk, source: Source) -> None:
    made = source_list.send(
        source.kit, source_list.draft(source.kit, Given(source.file(), category="penipuan"))
    )
    mail = EmailMessage()
    mail["From"], mail["To"] = "masuk@iasc.example", "palang+iasc-uji@komdigi.example"
    mail.set_content("Daftar terlampir.")
    mail.add_attachment(
        made.body, maintype="application", subtype="octet-stream", filename=made.name
    )
    ours, sender = (parse_address(f"palang{tag}@komdigi.example") for tag in ("+iasc-uji", ""))
    who = Correspondent(sender, ours, parse_address("masuk@iasc.example"))
    brought = sort(mail.as_bytes(), Found("1", 0, 0), who, 32 * 1024 * 1024)
    (item,) = brought.items
    assert (item.kind, item.data) == ("parcel", made.body)
    assert desk.judge(item.data).note == ""
