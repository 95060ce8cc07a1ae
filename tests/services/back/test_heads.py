"""Signed heads: fresh on a rhythm, and when a sequence moved (threats.md D3)."""

from __future__ import annotations

import base64
import dataclasses
import itertools

from gateway.domain.delivery import Priority
from gateway.domain.ids import Envelope
from gateway.domain.ledger import Checkpoint, Tag, read_checkpoint
from gateway.domain.parties import PartnerKind, Standing
from gateway.domain.statements import Head
from gateway.domain.times import DAY, HOUR, MINUTE
from gateway.domain.trust import Owner, OwnerKind, Role
from gateway.jobs import Trouble
from gateway.services.heads import HeadService, Issued
from gateway.services.pens import Pens
from keys.jws import JoseSignatures
from tests.independent_merkle import roots_by_consistency
from tests.services.back.parts import GATEWAY, entry, numbers
from tests.services.back.peer import Peer, down
from tests.services.back.test_answers import _Keyless
from tests.services.back.world import World


def heads(world: World, peer: Peer) -> list[Head]:
    """The heads that reached the peer, verified as it would verify them."""
    owner = Owner(OwnerKind.GATEWAY, GATEWAY)
    found = []
    for message in peer.told:
        if message.name == f"palang-{peer.id}-head.jws":
            signed = JoseSignatures().open_statement(
                message.data, owner, Role.STATEMENT, world.trust(), peer.now(), peer.id
            )
            assert isinstance(signed.statement, Head)
            assert message.subject == ""
            found.append(signed.statement)
    return found


def test_a_new_partner_gets_a_head_without_a_manifest(world: World) -> None:
    peer = world.partner("opr-uji-a")
    world.round()
    (head,) = heads(world, peer)
    assert (head.epoch, head.sequence, head.manifest) == (1, 0, "")
    assert head.until == world.clock.now() + DAY


def test_a_sequence_that_moved_gives_a_new_head_after_the_parcel(world: World) -> None:
    peer = world.partner("opr-uji-a")
    world.round()
    world.release([entry(n) for n in numbers(1)])
    order: list[str] = []
    peer.during = lambda: order.append(f"parcel, {len(heads(world, peer))} heads before")
    world.round()
    assert order == ["parcel, 1 heads before"]
    assert heads(world, peer)[-1].sequence == 1
    assert heads(world, peer)[-1].manifest == peer.opened[1].manifest.digest()
    assert heads(world, peer)[-1].checkpoint.startswith(f"{GATEWAY}.example/ledger\n")
    world.round(3)
    assert len(heads(world, peer)) == 2


def test_a_head_leads_on_from_every_checkpoint_that_the_partner_was_shown(world: World) -> None:
    """From earlier heads and from parcels, so that it sees by itself that the ledger only grew."""
    peer = world.partner("opr-uji-a")
    world.round()
    for _ in range(2):  # two heads of the rhythm, each over a grown ledger
        world.pass_time(7 * HOUR)
        world.round(2)
    for n in (1, 2):  # two parcels before the next head, each under a head of its own
        world.release([entry(one) for one in numbers(n)[-1:]])
        world.pass_time(MINUTE)
        world.sealing.seal_partner(peer.id)
    world.round(2)
    *earlier, last = heads(world, peer)
    by_heads = {
        tree.size: tree.root for tree in map(_tree, [h.checkpoint for h in earlier]) if tree
    }
    notes = [one.manifest.checkpoint for one in peer.opened.values()]
    by_parcels = {tree.size: tree.root for tree in map(_tree, notes) if tree}
    tip = _tree(last.checkpoint)
    assert tip is not None
    assert last.links is not None
    olds = {link.old for link in last.links}
    assert olds == (by_heads.keys() | by_parcels.keys()) - {tip.size}
    assert olds & (by_heads.keys() - by_parcels.keys())
    assert olds & (by_parcels.keys() - by_heads.keys())
    for link in last.links:
        proof = [base64.b64decode(text) for text in link.hashes]
        old_root = (by_heads | by_parcels)[link.old]
        assert roots_by_consistency(link.old, tip.size, old_root, proof) == (old_root, tip.root)


def _tree(note: str) -> Checkpoint | None:
    return read_checkpoint(note.rpartition("\n\n")[0] + "\n") if note else None


def test_an_idle_partner_gets_a_fresh_head_on_the_rhythm_before_the_last_one_ends(
    world: World,
) -> None:
    peer = world.partner("opr-uji-a")
    world.round()
    for _ in range(12):
        world.pass_time(HOUR)
        world.round()
    found = heads(world, peer)
    assert len(found) == 3  # at the start, after 6 h, after 12 h
    assert all(later.at < earlier.until for earlier, later in itertools.pairwise(found))
    assert len(world.events(Tag.HEAD_ISSUE)) == 3


def test_only_the_newest_head_is_said_when_a_channel_comes_back(world: World) -> None:
    peer = world.partner("opr-uji-a")
    peer.deaf = [down() for _ in range(2)]
    world.round()
    world.pass_time(7 * HOUR)
    peer.deaf = []
    world.release([entry(n) for n in numbers(1)])
    world.round()
    assert [head.sequence for head in heads(world, peer)] == [1]
    assert len(world.events(Tag.HEAD_ISSUE)) == 2


def test_a_withheld_partner_and_a_source_get_none(world: World) -> None:
    world.partner("opr-uji-a", standing=Standing.PROPOSED)
    world.partner("sumber-uji", PartnerKind.SOURCE)
    world.round()
    assert world.happened(Issued) == []


def test_a_second_worker_that_looked_at_the_same_moment_makes_none(world: World) -> None:
    peer = world.partner("opr-uji-a")
    pen = world.heads.pens.take_up(Envelope.JOSE, world.clock.now())
    assert world.heads._issue(peer.id, pen, world.clock.now()) is not None
    assert world.heads._issue(peer.id, pen, world.clock.now()) is None
    assert world.heads.run() == []


def test_a_gateway_without_a_statement_key_tells_it_once_in_a_while_and_sends(
    world: World,
) -> None:
    peer = world.partner("opr-uji-a")
    lame = HeadService(world.store, world.clock, Pens(_Keyless(), world.signatures))
    world.rounds.work = dataclasses.replace(world.rounds.work, heads=lame)
    world.release([entry(n) for n in numbers(1)], lane=Priority.ROUTINE)
    world.round(3)
    assert len(peer.arrivals) == 1
    (trouble,) = [t for t in world.happened(Trouble) if t.step == "head"]
    assert trouble.alert
    world.pass_time(11 * MINUTE)
    world.round(2)
    assert len([t for t in world.happened(Trouble) if t.step == "head"]) == 2
