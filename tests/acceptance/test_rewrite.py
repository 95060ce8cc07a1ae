"""A rewritten release, with the whole ledger made anew under the gateway's own key: one partner's
stored manifest and receipt expose it, and every kit alarms by itself (issue 6, threats.md I1)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner, Result

from gateway.cli.audit_consistency import LedgerServices, add_ledger
from gateway.cli.common import PalangGroup
from gateway.domain import parcel as zipped
from gateway.domain.canonical import digest
from gateway.domain.ids import Envelope
from gateway.domain.statements import Ack
from gateway.domain.times import HOUR
from gateway.domain.trust import Owner, OwnerKind, Role, Trust, write_trust
from gateway.services.consistency import Consistency
from gateway.services.proofs import Proofs
from gateway.services.verifying import verify
from gateway.store.views.echoes import SqlEchoes
from keys.documents import Documents
from keys.envelopes import EnvelopeSealer, open_sealed
from keys.jws import JoseSignatures
from keys.keyring import KeyOpeners
from keys.notes import C2spNotes
from partner import messages
from partner.kit import Kit
from partner.receive import receive
from partner.status import status
from partner.taken import Taken, take_word
from tests.acceptance.rewriter import Rewriter
from tests.partner.factory import FakeClock, Gateway, make_kit, seal_pin
from tests.services.back.parts import GATEWAY
from tests.services.back.world import entry, numbers
from tests.services.evidence.road import Road

A, DELIVERY = "opr-uji-a", "1.opr-uji-a.1"


class Told:
    """What a kit needs to pin a gateway."""

    def __init__(self, trust: Trust, at: int) -> None:
        self.name, self.at, self._trust = GATEWAY, at, trust

    def trust(self) -> bytes:
        """The trust file of onboarding."""
        return write_trust(self._trust)


@pytest.fixture
def road(tmp_path: Path) -> Iterator[Road]:
    """A release that two partners have acknowledged, confirmed and heard the head of."""
    made = Road(tmp_path)
    made.partner(A)
    made.ott()
    made.release([entry(n) for n in numbers(3)])
    made.round(2)
    made.pass_time(HOUR)
    made.release([entry(n) for n in numbers(5)[3:]])
    made.round(2)
    yield made
    made.close()


@pytest.fixture
def kit(road: Road, tmp_path: Path) -> Kit:
    """The operator's kit, with every parcel and head that came until now."""
    gateway = cast(Gateway, Told(road.trust(), road.clock.now()))
    made = make_kit(tmp_path / "kit", gateway, clock=cast(FakeClock, road.clock))
    peer = road.peers[A]
    for arrived in {one.digest: one for one in peer.arrivals}.values():
        _, plain = open_sealed(arrived.data, KeyOpeners(*peer.openers), set(Envelope))
        again = zipped.pack(zipped.unpack(plain))
        receive(made, EnvelopeSealer().seal(again, Envelope.JOSE, seal_pin(made)))
    hear(road, made)
    return made


def hear(road: Road, kit: Kit) -> list[Taken]:
    """The heads that were told, as the kit takes them."""
    told = [one.data for one in road.peers[A].told if one.name.endswith("-head.jws")]
    return [take_word(kit, digest(data), data) for data in told[-1:]]


def run(road: Road, *arguments: str) -> Result:
    """`palang audit ...` over the database as it is."""
    both = SqlEchoes(road.store), Documents(), C2spNotes()
    ledger = LedgerServices(
        Consistency(road.store, *both),
        Proofs(road.store, road.checkpoints.covering),
        C2spNotes(),
        road.trust,
    )
    return CliRunner().invoke(add_ledger(PalangGroup("audit"), lambda: ledger), list(arguments))


def test_the_receipts_that_he_leaves_accuse_him_by_delivery_and_partner(road: Road) -> None:
    assert run(road, "consistency").exit_code == 0
    Rewriter(road).rewrite(1, receipts="kept")
    done = run(road, "consistency")
    assert done.exit_code == 1
    assert f"CONTRADICTION (manifest): {A} delivery {DELIVERY}" in done.output
    assert "Next: stop the worker and keep this database as evidence" in done.output


def test_where_he_takes_them_away_one_partners_stored_manifest_exposes_him(
    road: Road, kit: Kit, tmp_path: Path
) -> None:
    bundle = road.evidence.delivery(DELIVERY, "auditor").data
    Rewriter(road).rewrite(1, receipts="removed")
    assert run(road, "consistency").exit_code == 0  # clean in itself: he was thorough
    with kit.state.read() as tx:
        row: Any = tx.one("SELECT body, signature FROM parcels WHERE delivery = ?", (DELIVERY,))
    manifest = tmp_path / "manifest.json"
    manifest.write_bytes(row[0])
    done = run(road, "consistency", "--checkpoint", str(manifest))
    assert done.exit_code == 1
    assert f"CONTRADICTION (ledger): manifest.json ({A}, delivery {DELIVERY})" in done.output
    assert "have another root" in done.output
    # it is the gateway's own word, and the partner's receipt says since when it was known
    owner = Owner(OwnerKind.GATEWAY, GATEWAY)
    named = (row[1], row[0], "manifest", owner, Role.MANIFEST, road.trust(), road.clock.now())
    JoseSignatures().verify_detached(*named)
    about = road.peers[A].opened[1]
    receipt = road.peers[A].ack(about.about, digest(about.manifest.checkpoint.encode()))
    assert isinstance(receipt, Ack)
    assert receipt.about.manifest == digest(row[0])
    # and a bundle of before still verifies, under keys that were pinned elsewhere
    assert verify(bundle, road.trust(), JoseSignatures(), C2spNotes()).passed


@pytest.mark.parametrize(
    ("grown", "why"), [(False, "One size of a ledger has one root"), (True, "does not hold")]
)
def test_the_kit_alarms_at_the_next_head_and_undoes_nothing(
    road: Road, kit: Kit, grown: bool, why: str
) -> None:
    before = status(kit)
    assert (before.sequence, before.alarms, before.unproven) == (2, (), 0)
    Rewriter(road).rewrite(1, receipts="removed")
    road.pass_time(7 * HOUR)
    if grown:
        road.release([entry(n) for n in numbers(6)[5:]])
    road.round(2)
    (taken,) = hear(road, kit)
    assert isinstance(taken.refused, messages.MessageRefused)
    after = status(kit)
    ((name, what),) = after.alarms
    assert name == "inconsistent"
    assert why in what
    assert "palang audit consistency --checkpoint" in what
    assert (after.sequence, after.enforced) == (before.sequence, before.enforced)
    assert list(kit.settings.path("refused").iterdir())


def test_an_honest_ledger_that_grows_alarms_nobody(road: Road, kit: Kit) -> None:
    road.pass_time(7 * HOUR)
    road.release([entry(n) for n in numbers(6)[5:]])
    road.round(2)
    (taken,) = hear(road, kit)
    assert taken.good
    assert (status(kit).alarms, status(kit).unproven) == ((), 0)
