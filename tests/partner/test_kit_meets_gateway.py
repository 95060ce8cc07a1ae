"""The kit's HTTPS service and the gateway's own REST adapter, on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from adapters.registry import ChannelRegistry
from gateway.domain.ids import Envelope, ParcelName
from gateway.domain.parties import Partner, PartnerKind, Standing
from gateway.ports import Inbound, Parcel, RefusedError, Signer
from partner import server
from partner.loop import Rounds
from tests.partner.factory import FakeClock, Gateway, Made, block, make_kit


class NoLogin:
    """This partner's REST service needs none."""

    def ssh_key(self, partner: str) -> bytes:
        raise AssertionError("not asked for")

    def password(self, account: str) -> str:
        raise AssertionError("not asked for")

    def bearer(self, partner: str) -> str | None:
        return None

    def client_certificate(self, partner: str) -> tuple[bytes, bytes] | None:
        return None

    def request_signer(self, partner: str) -> Signer | None:
        return None


def as_parcel(made: Made) -> Parcel:
    head = made.manifest
    return Parcel(
        ParcelName(head.partner, head.epoch, head.sequence, Envelope.JOSE), made.data, made.digest
    )


@pytest.fixture
def service(gateway: Gateway, tmp_path: Path) -> Iterator[tuple[Rounds, Partner]]:
    """A served kit, and the partner as the gateway knows it."""
    ca = trustme.CA()
    issued = ca.issue_cert("localhost")
    chain, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    chain.write_bytes(issued.cert_chain_pems[0].bytes())
    key.write_bytes(issued.private_key_pem.bytes())
    kit = make_kit(
        tmp_path / "kit",
        gateway,
        listen='"127.0.0.1:0"',
        tls_cert=json.dumps(str(chain)),
        tls_key=json.dumps(str(key)),
    )
    rounds = Rounds(kit, lambda _event, _facts: None)
    with server.serving(rounds) as address:
        base = f"https://localhost:{address.rpartition(':')[2]}"
        yield (
            rounds,
            Partner(
                kit.identity.id,
                PartnerKind.OPERATOR,
                "Operator Uji A",
                base + "/parcels",
                base + "/replies",
                ca.cert_pem.bytes().decode(),
                Envelope.JOSE,
                test=True,
                term="PT24H",
                card="sha256:" + "0" * 64,
                standing=Standing.LIVE,
            ),
        )


def test_a_parcel_goes_out_and_its_statements_come_back(
    gateway: Gateway, service: tuple[Rounds, Partner]
) -> None:
    rounds, partner = service
    kit = rounds.kit
    made, other = gateway.parcel(kit, block(1)), gateway.parcel(kit, block(2))
    channels = ChannelRegistry(FakeClock(), NoLogin(), allow_private=True)
    with channels.open(partner) as adapter:
        assert adapter.probe().good
        handed = adapter.send(made.delivery, as_parcel(made))
        assert handed.reply is not None
        assert gateway.read(kit, handed.reply).kind == "ack"
        with pytest.raises(RefusedError):
            adapter.send(made.delivery, as_parcel(other))
        assert rounds.once()
        kept: list[Inbound] = []
        assert adapter.collect(kept.append) == 1
        assert gateway.read(kit, kept[0].data).kind == "confirm"
        assert adapter.collect(kept.append) == 0
