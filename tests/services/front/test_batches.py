"""Preparing batches: what may be in one, and what is shown at review."""

from typing import Protocol

import pytest

from gateway.domain.batch import BatchState
from gateway.domain.dated import Activation
from gateway.domain.delivery import Priority
from gateway.domain.errors import Conflict, InputError, NotFound, NotPermitted
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.records import ReferenceTable
from gateway.ports import Clock
from gateway.services.approvals import Signatory
from gateway.services.batches import Unblocks, Wanted
from gateway.services.replan import Replanned
from gateway.store.store import SqlStore
from tests.services.front.world import SHEET, PartnerSide, World, reference_tables

HEAD = "nomor hp;kategori;kanal;tindakan\n"
BLOCK = HEAD + "0870-1111-2201;Penipuan;WA;blokir\n"
UNBLOCK = HEAD + "0870-1111-2202;;;buka\n"
Pair = tuple[Signatory, Signatory]
Operators = tuple[PartnerSide, ...]


def entries(world: World, batch: int) -> list[tuple[str, str, str]]:
    with world.store.read() as uow:
        return [(e.action, e.route, e.category) for e in uow.lists.entries(batch)]


class Gateway(Protocol):
    """What `load` needs of one."""

    @property
    def clock(self) -> Clock: ...
    @property
    def store(self) -> SqlStore: ...


def load(world: Gateway, *tables: ReferenceTable) -> None:
    """Tables that rule from now on."""
    at = world.clock.now()
    with world.store.write() as uow:
        for table in tables:
            uow.save(table, LedgerEvent(Tag.REFERENCE_LOAD, at, {"k": table.kind}))
            activation = Activation(table.kind, table.version, at, at)
            uow.save(activation, LedgerEvent(Tag.REFERENCE_ACTIVATE, at, {"k": table.kind}))
        uow.commit("gateway.init")


def changed(kind: str, *rows: tuple[str, ...]) -> ReferenceTable:
    """A newer version of a seed table, with these rows instead of its own."""
    seed = next(t for t in reference_tables() if t.kind == kind)
    return ReferenceTable(kind, "2026-12-01", seed.source, seed.digest, seed.columns, rows)


def test_a_batch_holds_the_accepted_rows_of_its_intakes_once_each(world: World) -> None:
    one = world.intake(BLOCK + "0870-1111-22O9;;;\n")
    two = world.intake(HEAD + "+6287011112201;Spam;WA;\n0872-1111-2203;Spam;WA;\n")
    batch, count = world.batches.prepare(Wanted((one, two)))
    assert (batch.state, batch.test, batch.priority) == (
        BatchState.PREPARED,
        True,
        Priority.ROUTINE,
    )
    assert count == 2
    assert [route for _, route, _ in entries(world, batch.id)] == ["opr-uji-a", "opr-uji-b"]


def test_batch_numbers_only_rise(world: World) -> None:
    numbers = [world.batch(SHEET.replace("2201", f"220{last}")) for last in (4, 5, 6)]
    assert numbers == sorted(set(numbers))


def test_blocks_and_unblocks_are_never_in_one_batch(world: World) -> None:
    intake = world.intake(BLOCK + "0870-1111-2202;;;buka\n")
    with pytest.raises(InputError):
        world.batches.prepare(Wanted((intake,)))
    freed, _ = world.batches.prepare(Wanted((intake,), action="unblock"))
    blocked, _ = world.batches.prepare(Wanted((intake,), action="block", urgent=True))
    assert (freed.priority, blocked.priority) == (Priority.UNBLOCK, Priority.URGENT)
    assert [action for action, _, _ in entries(world, freed.id)] == ["unblock"]


def test_test_numbers_and_real_ones_are_never_in_one_batch(world: World) -> None:
    real = "0" + "812" + "11112201"  # made at run time: no fixture names a number in service
    intake = world.intake(BLOCK + f"{real};;;\n")
    with pytest.raises(InputError):
        world.batches.prepare(Wanted((intake,)))


def test_a_batch_of_nothing_is_refused(world: World) -> None:
    with pytest.raises(InputError):
        world.batches.prepare(Wanted(()))
    with pytest.raises(InputError):
        world.batches.prepare(Wanted((world.intake(HEAD + "tidak ada;;;\n"),)))
    with pytest.raises(NotFound):
        world.batches.prepare(Wanted((99,)))


def test_a_block_cites_the_basis_in_force_and_when_to_look_again(world: World) -> None:
    batch = world.batch()
    with world.store.read() as uow:
        found = {(e.basis, e.review_date) for e in uow.lists.entries(batch)}
    assert found == {("TAP-BRTI-04/2018", "2027-01-23")}


@pytest.mark.parametrize("basis", ["dua kata", "a,b", "x" * 65, "baris\nbaru"])
def test_a_basis_that_does_not_fit_an_entry_is_refused(world: World, basis: str) -> None:
    intake = world.intake()
    with pytest.raises(InputError):
        world.batches.prepare(Wanted((intake,), basis=basis))


def test_a_file_of_unblocks_frees_protected_and_unmapped_numbers_too(world: World) -> None:
    plan = [row for t in reference_tables() if t.kind == "numbering_plan" for row in t.rows]
    kept = tuple(row for row in plan if row[0] != "872")
    guarded = ("87011112201", "exact", "2024-01-01", "uji", "test")
    load(world, changed("numbering_plan", *kept), changed("protected_numbers", guarded))
    sheet = "nomor hp\n0870-1111-2201\n"
    batch, count = world.batches.unblock(
        Unblocks(world.file(sheet.encode()), "a.csv", "SURAT-1/2026")
    )
    assert (count, batch.priority, batch.test) == (1, Priority.UNBLOCK, True)
    sheet = "nomor hp\n0872-1111-2203\n"
    _, count = world.batches.unblock(Unblocks(world.file(sheet.encode()), "b.csv", "SURAT-2/2026"))
    assert count == 1


def test_an_unblock_needs_the_reference_of_its_decision(world: World) -> None:
    for reason in ("", "   ", "?!"):
        with pytest.raises(InputError):
            world.batches.unblock(
                Unblocks(world.file(b"nomor hp\n0870-1111-2201\n"), "buka.csv", reason)
            )


def test_a_file_of_unblocks_that_asks_to_block_is_refused(world: World) -> None:
    with pytest.raises(InputError):
        world.batches.unblock(Unblocks(world.file(BLOCK.encode()), "buka.csv", "SURAT-1/2026"))


def test_the_review_says_who_gets_what_and_what_nobody_may_receive(
    world: World, operators: Operators
) -> None:
    shown = world.releases.review(world.batch())
    assert [tuple(share) for share in shown.review.shares] == [
        ("opr-uji-a", 2, 0),
        ("opr-uji-b", 1, 0),
    ]
    assert [entry.route for entry in shown.nobody] == ["ott"]
    assert (shown.review.block, shown.review.nobody, shown.review.withheld) == (4, 1, ())


def test_an_ott_without_a_live_consent_is_named_as_withheld(world: World, officers: Pair) -> None:
    ott = world.live_partner(PartnerSide("pesan-uji", "ott"), officers)
    batch = world.batch()
    review = world.releases.review(batch).review
    assert (review.shares, review.withheld, review.nobody) == ((), ("pesan-uji",), 4)
    world.consents.record("pesan-uji", ott.consent())
    review = world.releases.review(batch).review
    assert review.withheld == ()
    assert [tuple(share) for share in review.shares] == [("pesan-uji", 3, 0)]


def test_a_test_batch_is_for_test_partners_only_and_so_is_the_reverse(
    world: World, officers: Pair
) -> None:
    for side in (
        PartnerSide("opr-uji-a", "operator", test=False),
        PartnerSide("pesan-nyata", "ott", test=False),
    ):
        world.partners.propose(side.card(), officers[0])
        world.partners.approve(side.id, officers[1], override="ND-1/2026")
    review = world.releases.review(world.batch()).review
    assert (review.shares, review.withheld, review.nobody) == ((), (), 4)


def test_a_partner_that_is_only_proposed_gets_nothing(world: World, officers: Pair) -> None:
    world.partners.propose(PartnerSide("opr-uji-a", "operator").card(), officers[0])
    assert world.releases.review(world.batch()).review.shares == ()


def test_a_source_gets_nothing(world: World, officers: Pair) -> None:
    world.live_partner(PartnerSide("opr-uji-a", "source"), officers)
    assert world.releases.review(world.batch()).review.shares == ()


def test_a_number_that_became_protected_is_refused_at_review_submit_and_release(
    world: World, officers: Pair, operators: Operators
) -> None:
    ready, submitted = world.batch(), world.batch(SHEET + "0870-1111-2207;;;;\n")
    world.releases.submit(submitted, officers[0])
    load(world, changed("protected_numbers", ("87011112201", "exact", "2024-01-01", "uji", "t")))
    for attempt in (
        lambda: world.releases.review(ready),
        lambda: world.releases.submit(ready, officers[0]),
        lambda: world.releases.release(submitted, officers[1]),
    ):
        with pytest.raises(NotPermitted) as refused:
            attempt()
        assert "protected" in str(refused.value) and "1111" not in str(refused.value)


def test_an_unblock_that_was_released_meanwhile_is_not_undone(
    world: World, officers: Pair, operators: Operators
) -> None:
    """Prepared before it, or submitted before it: its number is the higher one, so it would win."""
    world.released(officers, SHEET)
    again = world.intake(BLOCK.replace(";WA;", ";SMS;"), resend=True)
    world.pass_time()
    freed, _ = world.batches.unblock(
        Unblocks(world.file(b"nomor\n0870-1111-2201\n"), "buka.csv", "S-1")
    )
    submitted, _ = world.batches.prepare(Wanted((again,)))
    world.releases.submit(submitted.id, officers[0])
    world.releases.submit(freed.id, officers[0])
    assert world.releases.review(submitted.id).review.block
    world.pass_time()
    world.releases.release(freed.id, officers[1])
    for attempt in (
        lambda: world.releases.review(submitted.id),
        lambda: world.releases.release(submitted.id, officers[1]),
    ):
        with pytest.raises(Conflict, match="1 of its numbers were unblocked after it was prepared"):
            attempt()
    world.releases.reopen(submitted.id, officers[0])
    with pytest.raises(Conflict, match="unblocked after"):
        world.releases.submit(submitted.id, officers[0])


def test_what_was_freed_after_its_release_can_still_be_looked_at(
    world: World, officers: Pair, operators: Operators
) -> None:
    batch = world.released(officers)
    world.pass_time()
    freed = world.batch("nomor hp;tindakan\n0870-1111-2201;buka\n")
    world.releases.submit(freed, officers[0])
    world.releases.release(freed, officers[1])
    assert world.releases.review(batch).review.block


def moved_plan() -> ReferenceTable:
    """0870 goes to opr-uji-c, 0872 to nobody."""
    seed = next(t for t in reference_tables() if t.kind == "numbering_plan")
    at = seed.columns.index("partner")
    rows = (
        (*row[:at], "opr-uji-c", *row[at + 1 :]) if row[0] == "870" else row
        for row in seed.rows
        if row[0] != "872"
    )
    return changed("numbering_plan", *rows)


def test_rows_go_where_the_plan_of_today_sends_them(world: World, operators: Operators) -> None:
    intake = world.intake()
    guarded = ("087111112202", "exact", "2024-01-01", "uji", "test")
    load(world, moved_plan(), changed("protected_numbers", guarded))
    told: list[Replanned] = []
    batch, count = world.batches.prepare(Wanted((intake,)), told.append)
    assert told == [Replanned(moved=1, protected=1, unmapped=1)]
    assert [line.split(":")[0] for line in told[0].to_lines()] == [
        "1 numbers go to another partner than when they were accepted",
        "1 numbers are left out",
        "1 numbers are left out",
    ]
    assert [route for _, route, _ in entries(world, batch.id)] == ["ott", "opr-uji-c"]
    with world.store.read() as uow:
        assert len(uow.lists.sources(batch.id)) == count == 2
        event = list(uow.log.leaves(0, uow.log.size()))[-1].event
    assert b'"plan":"2026-12-01/2026-12-01"' in event and b'"protected":1' in event
    assert world.releases.review(batch.id).review.block == 2


def test_a_batch_of_which_the_tables_leave_nothing_says_so(world: World) -> None:
    intake = world.intake(BLOCK)
    load(world, changed("numbering_plan", ("871", "opr-uji-a", "2024-01-01", "", "1", "test")))
    with pytest.raises(Conflict, match="1 have no row in the numbering plan"):
        world.batches.prepare(Wanted((intake,)))


def test_a_row_whose_number_became_a_real_one_is_no_test_entry(world: World) -> None:
    intake = world.intake(BLOCK)
    load(world, changed("numbering_plan", ("870", "opr-uji-a", "2024-01-01", "", "0", "test")))
    assert not world.batches.prepare(Wanted((intake,)))[0].test


@pytest.mark.parametrize("reason", ["087034567098", "A/0870-345-670-02", "ND-9901010101700001"])
def test_a_reason_that_shows_a_number_is_refused(world: World, reason: str) -> None:
    file = world.file(b"nomor hp\n0870-1111-2201\n")
    with pytest.raises(InputError):
        world.batches.unblock(Unblocks(file, "buka.csv", reason))
    with pytest.raises(InputError):
        world.batches.unblock(Unblocks(file, "buka.csv", "ND-1", basis=reason))
    with pytest.raises(InputError):
        world.batches.prepare(Wanted((world.intake(),), basis=reason))


def test_a_number_that_the_plan_routes_anew_is_refused(world: World, operators: Operators) -> None:
    batch = world.batch()
    row = ("870", "opr-uji-b", "2024-01-01", "", "1", "test")
    load(world, changed("numbering_plan", row))
    with pytest.raises(Conflict):
        world.releases.review(batch)


def test_the_review_counts_what_was_released_before_and_what_is_new(
    world: World, officers: Pair, operators: Operators
) -> None:
    first = world.released(officers)
    world.pass_time()
    sheet = SHEET.replace("2201", "2291") + "0871-1111-2292;;;;\n"
    intake = world.intake(sheet, resend=True)
    batch, _ = world.batches.prepare(Wanted((intake,)))
    shown = world.releases.review(batch.id)
    assert shown.released_before == 3
    assert dict(shown.versus) == {"batch": first, "new": 2, "in_both": 3, "only_before": 1}


def test_an_unblock_goes_to_whoever_has_the_block_still_waiting_to_be_sealed(
    world: World, officers: Pair, operators: Operators
) -> None:
    world.released(officers)
    sheet = b"nomor hp\n0870-1111-2201\n0870-1111-2299\n"
    batch, _ = world.batches.unblock(
        Unblocks(world.file(sheet), "buka.csv", "S-1/2026", "nomor hp")
    )
    shown = world.releases.review(batch.id)
    assert [tuple(share) for share in shown.review.shares] == [("opr-uji-a", 0, 1)]
    assert len(shown.nobody) == 1
