"""The database itself refuses to change what was written, whoever asks (threats.md I1)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from gateway.domain.ledger import Tag
from gateway.domain.records import SignedCheckpoint, Stream
from gateway.domain.statements import ConfirmRow
from gateway.store.store import SqlStore, open_store
from tests.store.conftest import DATABASES, fresh_database
from tests.store.damage import Refused, raw
from tests.store.samples import (
    OPERATOR,
    OTT,
    T0,
    FixedClock,
    add_intake,
    approval,
    attempt,
    batch,
    confirmation,
    consent,
    entry,
    event,
    gateway,
    inbound,
    intake,
    intake_row,
    key,
    manifest,
    number,
    receipt,
    reference,
    seal,
    sealing,
    seed,
    sha,
)

FROZEN = [
    "ledger_leaves SET entry = x'00'",
    "ledger_leaves SET leaf = 99 WHERE leaf = 0",
    "ledger_leaves SET salt = x'00'",
    "ledger_leaves SET event = x'00'",
    "ledger_nodes SET hash = x'00'",
    "ledger_digests SET leaf = 1",
    "ledger_head SET size = 0",
    "checkpoints SET note = ''",
    "approvals SET jws = x''",
    "receipts SET result = 'negative'",
    "receipts SET counted = false",
    "confirmations SET revision = 9",
    "confirmation_rows SET disposition = 'gagal'",
    "inbound SET digest = ''",
    "inbound SET body = x'00'",
    "manifests SET body = x'00'",
    "manifests SET salt = x'00'",
    "sealings SET parcel = x'00'",
    "attempts SET began_at = 0",
    "slice_entries SET number = 1",
    "entries SET action = 'unblock'",
    "intake_pages SET page = x'00'",
    "intake_pages SET first = 0",
    "keys SET owner = 'other'",
    "consents SET terms = x''",
    "reference_tables SET cells = '[]'",
    "intakes SET digest = ''",
    "intakes SET counts = '[]'",
    "intakes SET state = 'loading'",
    "streams SET sequence = 0",
    "counters SET value = -1",
    "gateway SET epoch = 0",
    "deliveries SET partner = 'ott-uji-a'",
]
PURGED = {"slice_entries", "ledger_digests", "entries"}
KEPT = sorted({line.split()[0] for line in FROZEN} - PURGED)
EMPTIED = [
    "ledger_leaves SET salt = x'', event = x''",
    "manifests SET salt = x''",
    "sealings SET parcel = x''",
    "inbound SET body = x''",
    "confirmations SET conflict = true",
    "intakes SET state = 'purged'",
]


def fill(store: SqlStore) -> None:
    """Put a row into every table."""
    with store.write() as uow:
        uow.save(gateway(), event(Tag.GATEWAY_INIT, digest=sha("a")))
        seed(uow)
        uow.save(reference(), event(Tag.REFERENCE_LOAD))
        uow.save(key(), event(Tag.KEY_ADD))
        uow.save(consent(OTT), event(Tag.CONSENT_GIVE))
        uow.save(approval(), event(Tag.BATCH_RELEASE))
        add_intake(uow, intake(), [intake_row(2)], event(Tag.INTAKE_ADD))
        uow.save(batch(8), event(Tag.BATCH_PREPARE))
        uow.lists.put_entries(8, [entry(1)])
        uow.deliveries.advance(Stream(OPERATOR, 1, 0, ""), Stream(OPERATOR, 1, 1, sha("m")))
        uow.save(manifest(), event(Tag.DELIVERY_SEAL))
        uow.save(sealing(), event(Tag.DELIVERY_SEAL))
        seal(uow, manifest().delivery, (number(1),))
        uow.save(attempt(), event(Tag.DELIVERY_ATTEMPT))
        uow.inbox.keep(inbound(), event(Tag.INBOUND_KEEP))
        uow.save(receipt(), event(Tag.RECEIPT_RECORD))
        rows = [ConfirmRow(1, "diblokir_total", "total", "2026-11-24T07:00:00Z")]
        uow.inbox.add_confirmation(confirmation(), rows, event(Tag.CONFIRMATION_RECORD))
        uow.log.put_checkpoint(SignedCheckpoint(1, "note", T0))
        uow.commit("gateway.init")


@pytest.fixture
def full(store: SqlStore, url: str) -> str:
    """Return the URL of a database with a row in every table."""
    fill(store)
    return url


@pytest.fixture(scope="module", params=DATABASES)
def untouched(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Return the URL of one for all tests that the database refuses to change it."""
    with fresh_database(request.param, tmp_path_factory.mktemp("full")) as url:
        with closing(open_store(url, FixedClock())) as store:
            fill(store)
        yield url


@pytest.mark.parametrize("change", FROZEN)
def test_a_frozen_column_does_not_change(untouched: str, change: str) -> None:
    with pytest.raises(Refused, match="do not change once written"):
        raw(untouched, f"UPDATE {change}")


@pytest.mark.parametrize("table", KEPT)
def test_rows_are_never_deleted(untouched: str, table: str) -> None:
    with pytest.raises(Refused, match="never deleted"):
        raw(untouched, f"DELETE FROM {table}")


@pytest.mark.parametrize("change", EMPTIED)
def test_what_the_purge_or_a_conflict_needs_is_let_through(full: str, change: str) -> None:
    raw(full, f"UPDATE {change}")


def test_the_tree_stands_without_its_openings(full: str, store: SqlStore) -> None:
    raw(full, "UPDATE ledger_leaves SET salt = x'', event = x''", "DELETE FROM ledger_digests")
    with store.read() as uow:
        leaf = uow.log.leaf(0)
        assert (leaf.salt, leaf.event) == (b"", b"")
        assert len(leaf.entry) == 32
        assert uow.log.find(sha("a")) == ()


def test_a_raised_conflict_mark_never_falls(full: str) -> None:
    raw(full, "UPDATE confirmations SET conflict = true")
    with pytest.raises(Refused, match="do not change once written"):
        raw(full, "UPDATE confirmations SET conflict = false")
