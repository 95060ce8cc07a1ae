"""What `init` says of a channel, reply or peer that can't be used, before it makes anything."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme

from gateway.domain.errors import InputError
from partner.addressing import check_addresses
from tests.partner.factory import Gateway, make_kit
from tests.partner.test_commands import HOST_KEY, init

ME = "opr-uji-a"
PEM = trustme.CA(key_type=trustme.KeyType.ECDSA).cert_pem.bytes().decode()
SFTP = ("sftp://p@host.example/inbox", "sftp://p@host.example/outbox", HOST_KEY)
REST = ("https://host.example/parcels", "https://host.example/replies", PEM)


@pytest.mark.parametrize(
    ("channel", "reply", "peer"),
    [
        SFTP,
        REST,
        ("https://10.0.0.8:8443/parcels", "https://10.0.0.8:8443/replies", PEM),
        ("mailto:masuk@operator.example", "", ""),
        ("dir:opr-uji-a", "dir:opr-uji-a", ""),
        ("dir:opr-uji-a", "", HOST_KEY),
        ("pull:opr-uji-a", "pull:opr-uji-a", ""),
    ],
)
def test_every_kind_of_channel_can_be_named(channel: str, reply: str, peer: str) -> None:
    check_addresses(ME, channel, reply, peer)


@pytest.mark.parametrize(
    ("channel", "reply", "peer", "words"),
    [
        ("ftp://host.example/inbox", "", "", "--channel: expected a URI that begins with one of"),
        ("http://host.example/parcels", REST[1], PEM, "--channel: expected a URI"),
        ("inbox", "", "", "--channel: expected a URI"),
        ("sftp://host.example/inbox", SFTP[1], HOST_KEY, "--channel: an sftp URI names its user"),
        ("https://u@host.example/parcels", REST[1], PEM, "an https one none"),
        ("sftp://p:secret@host.example/inbox", SFTP[1], HOST_KEY, "a password"),
        ("https://host.example/../etc", REST[1], PEM, "--channel: "),
        ("mailto:not an address", "", "", "--channel: a mail address must be written"),
        ("mailto:a@b.example?bcc=x@y.example", "", "", "--channel: a mail address"),
        ("pull:opr-uji-b", "", "", "--channel: it must be pull:opr-uji-a"),
        ("dir:../etc", "", "", "--channel: it must be dir:opr-uji-a"),
        (SFTP[0], "", HOST_KEY, "--reply: expected the URI"),
        (SFTP[0], REST[1], HOST_KEY, "--reply: expected the scheme of --channel, sftp"),
        ("mailto:a@b.example", "mailto:a@b.example", "", "--reply: a mailto: channel has none"),
        (SFTP[0], SFTP[1], PEM, "--peer: expected OpenSSH public key lines"),
        (SFTP[0], SFTP[1], "host.example " + HOST_KEY, "--peer: expected OpenSSH"),
        (SFTP[0], SFTP[1], "", "--peer: expected OpenSSH"),
        (REST[0], REST[1], HOST_KEY, "--peer: expected PEM certificates"),
        (REST[0], REST[1], "", "--peer: expected PEM"),
        ("pull:opr-uji-a", "", PEM, "--peer: a pull: channel has no server to pin"),
        ("mailto:a@b.example", "", PEM, "--peer: a mailto: channel"),
    ],
)
def test_what_can_t_be_used_is_named_with_what_is_expected(
    channel: str, reply: str, peer: str, words: str
) -> None:
    with pytest.raises(InputError) as caught:
        check_addresses(ME, channel, reply, peer)
    assert words in str(caught.value)
    assert "secret" not in str(caught.value) + caught.value.hint


def test_init_says_so_before_it_makes_anything(tmp_path: Path) -> None:
    home = tmp_path / "kit"
    result = init(home, "--channel", "sftp://host.example/inbox")
    assert result.exit_code == 2
    assert "names its user" in result.output
    assert not home.exists()


def test_a_pulling_kit_needs_no_reply_and_no_peer(tmp_path: Path) -> None:
    kit = make_kit(tmp_path / "kit", Gateway(), channel="pull:opr-uji-a", reply="")
    card = kit.identity.card
    assert (card.channel, card.reply, card.peer) == ("pull:opr-uji-a", "pull:opr-uji-a", "")
