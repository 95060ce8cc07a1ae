"""No check is there for show: without it, what it is for passes unseen or half seen."""

from __future__ import annotations

import pytest

from gateway.fsck import run
from tests.fsck.conftest import Site
from tests.fsck.corruptions import BY_NAME
from tests.fsck.town import by_hand

_FOUND_BY = {
    "guards": "a_guard_lets_everything_pass",
    "ledger": "an_event_is_edited",
    "tree": "a_node_is_changed",
    "index": "a_digest_is_taken_from_the_index",
    "what the ledger names": "a_delivery_is_deleted",
    "rows that rows name": "a_leaf_is_deleted",
    "tombstones": "a_tombstone_is_deleted",
    "gateway": "the_epoch_falls",
    "keys": "a_keys_window_is_widened",
    "dated tables": "a_dated_table_is_edited",
    "activations": "a_version_begins_earlier",
    "officers": "an_officer_gets_another_name",
    "partners": "a_partners_channel_is_changed",
    "consents": "a_consents_terms_are_changed",
    "approvals": "an_approval_is_removed",
    "intakes": "what_the_source_wrote_is_changed",
    "profiles of sources": "a_profile_is_edited",
    "resolutions": "a_resolutions_reason_is_changed",
    "batches": "an_entry_is_edited",
    "founded entries": "an_entry_is_added",
    "released deliveries": "a_delivery_of_no_batch",
    "deliveries": "a_state_is_changed",
    "parcels": "a_byte_of_a_parcel_is_flipped",
    "received": "a_refused_item_is_accepted",
    "nothing to report": "a_nothing_to_report_reaches_further",
    "lists of sources": "a_list_gets_another_serial",
    "ladders": "a_ladders_head_is_changed",
    "accounts": "an_account_gets_another_role",
    "sequences": "the_chain_is_broken",
    "manifests": "a_delivery_names_another_manifest",
    "slices": "a_number_of_a_slice_is_changed",
    "purged with a key": "a_period_key_is_destroyed_without_a_tombstone",
    "consent at attempts": "an_attempt_comes_after_the_withdrawal",
    "said by the gateway": "an_answer_is_changed",
    "high water": "the_high_water_file_is_gone",
    "partners' copies": "a_copy_lacks_a_delivery",
    "exchange store": "a_published_parcel_is_changed",
}


def test_every_check_is_in_the_table() -> None:
    assert list(_FOUND_BY) == [name for name, _check in run.CHECKS]


@pytest.mark.parametrize("name", _FOUND_BY)
def test_without_its_check_a_corruption_is_not_told_as_it_should(
    name: str, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoiling = BY_NAME[_FOUND_BY[name]]
    rest = tuple(check for check in run.CHECKS if check[0] != name)
    monkeypatch.setattr(run, "CHECKS", rest)
    with by_hand(site.database) as db:
        spoiling.edit(db, site.folder)
    assert spoiling.codes - set(site.check().counts)


def test_without_the_kept_trust_file_a_new_key_is_not_told(site: Site) -> None:
    spoiling = BY_NAME["a_revocation_is_taken_back"]
    with by_hand(site.database) as db:
        spoiling.edit(db, site.folder)
    assert set(site.check().counts) - set(site.check(trust=None).counts) == {"key-differs"}
