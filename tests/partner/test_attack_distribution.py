"""Threats of distribution (threats.md 1.3) that no other file here shows: D1, D7, D10, D11."""

from __future__ import annotations

import base64
import json
import socket
from pathlib import Path

import pytest

from gateway.domain.canonical import decode
from gateway.domain.errors import NotVerified
from gateway.domain.ids import is_partner_id
from partner import inbox, messages
from partner.identity import TRUST, pin
from partner.kit import Kit, load_kit
from partner.loop import Rounds
from partner.messages import MessageRefused
from partner.receive import receive
from partner.refusal import ParcelRefused
from partner.status import status
from tests.partner.factory import Gateway, block, edited


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every try to connect or to resolve, none of which works."""
    tries: list[object] = []

    def refuse(*arguments: object, **_named: object) -> None:
        tries.append(arguments)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    return tries


def test_a_file_under_anothers_name_is_what_its_manifest_says_and_never_what_its_name_says(
    gateway: Gateway, kit: Kit
) -> None:
    made = gateway.parcel(kit, block(1))
    name = made.name.replace("-00000001", "-00000007")
    (kit.settings.path("inbox") / name).write_bytes(made.data)
    Rounds(kit, lambda _event, _facts: None).once()
    assert (status(kit).sequence, status(kit).gaps) == (1, ())


def test_every_flipped_byte_of_an_answer_or_head_is_noticed(gateway: Gateway, kit: Kit) -> None:
    head = gateway.head(kit)
    for position in range(0, len(head), 7):
        flipped = bytearray(head)
        flipped[position] ^= 1
        with pytest.raises(MessageRefused):
            messages.take(kit, bytes(flipped))
    assert status(kit).fresh_until == ""


def test_an_envelope_or_manifest_that_names_an_address_makes_nobody_connect(
    gateway: Gateway, kit: Kit, offline: list[object]
) -> None:
    made = gateway.parcel(kit, block(1), keep=True)
    head, _, rest = made.data.partition(b".")
    document = decode(base64.urlsafe_b64decode(head + b"=="), what="the header")
    for name in ("jku", "x5u", "url"):
        text = json.dumps(document | {name: "https://evil.example/keys.json"}).encode()
        changed = base64.urlsafe_b64encode(text).rstrip(b"=") + b"." + rest
        with pytest.raises(ParcelRefused, match="check 2"):
            receive(kit, changed)
    # an unknown member of a signed manifest is kept and ignored, whatever it names
    named = edited(attachment="https://evil.example/list.csv")
    receive(kit, gateway.parcel(kit, block(1), body=named).data)
    assert offline == []


@pytest.mark.parametrize("data", [b"", b"{}", b'{"v":1,"typ":"trust"}', b"\xef\xbb\xbf{}"])
def test_a_key_set_that_does_not_verify_is_not_stored_and_the_old_one_rules_after_a_restart(
    gateway: Gateway, kit: Kit, data: bytes
) -> None:
    before = (kit.home / TRUST).read_bytes()
    with pytest.raises(NotVerified):
        pin(kit.home, data, gateway.name, gateway.at, replace=True)
    assert (kit.home / TRUST).read_bytes() == before
    again = load_kit(kit.home, kit.clock, {})
    assert receive(again, gateway.parcel(kit, block(1)).data).new


def test_a_replaced_pin_rules_at_once_in_a_process_that_runs(gateway: Gateway, kit: Kit) -> None:
    receive(kit, gateway.parcel(kit, block(1)).data)
    other = Gateway()
    pin(kit.home, other.trust(), other.name, gateway.at, replace=True)
    with pytest.raises(ParcelRefused, match="check 4"):
        receive(kit, gateway.parcel(kit, block(2)).data)
    pin(kit.home, gateway.trust(), gateway.name, gateway.at, replace=True)
    assert receive(kit, gateway.parcel(kit, block(2), keep=True).data).new


@pytest.mark.parametrize(
    "name",
    [
        "../palang-opr-uji-a-1-00000001.zip.jwe",
        "palang-../../x-1-00000001.zip.jwe",
        "palang-opr-uji-a-1-00000001.zip.jwe\0",
        "palang-opr-uji-a-1-00000001.zip.jwe/..",
        "palang-opr\\uji-1-00000001.zip.jwe",
        "palang-CON-1-00000001.zip.jwe",
        ".palang-opr-uji-a-1-00000001.zip.jwe",
    ],
)
def test_no_name_leads_out_of_the_inbox(kit: Kit, name: str, tmp_path: Path) -> None:
    flat = name.replace("/", "_").replace("\0", "_")
    (kit.settings.path("inbox") / flat).write_bytes(b"hello")
    assert inbox.waiting(kit) == []
    assert not messages.is_message(name)
    assert not is_partner_id(name)
