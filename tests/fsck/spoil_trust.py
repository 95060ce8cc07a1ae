"""Corruptions of who may sign and who gets what: officers, keys, partners, consents (G and I)."""

from __future__ import annotations

from pathlib import Path

from tests.fsck.tampering import Db, change, corrupts, edit_event, flipped, leaf_of, rehash, value


@corrupts("approval-missing")
def an_approval_is_removed(db: Db, _site: Path) -> None:
    change(db, "DELETE FROM approvals WHERE act = 'batch.release' AND subject = 'batch:1'")


@corrupts("approval-signature", "approval-missing", "row-unlogged")
def an_approvals_signature_is_changed(db: Db, _site: Path) -> None:
    jws = value(db, "SELECT jws FROM approvals WHERE act = 'partner.approve' ORDER BY key")
    change(db, "UPDATE approvals SET jws = ? WHERE jws = ?", flipped(jws, -9), jws)


@corrupts("approval-signature", "approval-missing", "row-unlogged")
def an_approval_is_given_to_another_officer(db: Db, _site: Path) -> None:
    sql = (
        "UPDATE approvals SET officer = 'siti' WHERE act = 'batch.release' AND subject = 'batch:1'"
    )
    change(db, sql)


@corrupts("approval-missing", "approval-signature", "row-unlogged")
def one_officer_signs_for_both(db: Db, _site: Path) -> None:
    """The submit's word again, said to be the release."""
    siti = db.execute(
        "SELECT officer, kid, jws FROM approvals WHERE act = 'batch.submit' AND subject = 'batch:2'"
    ).fetchone()
    change(
        db,
        "UPDATE approvals SET officer = ?, kid = ?, jws = ?"
        " WHERE act = 'batch.release' AND subject = 'batch:2'",
        *siti,
    )


@corrupts("row-unlogged", "row-differs")
def an_approval_is_dated_back(db: Db, _site: Path) -> None:
    sql = (
        "UPDATE approvals SET at = at - 5000000 WHERE act = 'batch.release' AND subject = 'batch:2'"
    )
    change(db, sql)


@corrupts(
    *("key-differs", "approval-signature", "approval-missing", "row-differs", "entry-unfounded")
)
def an_officers_key_is_replaced(db: Db, _site: Path) -> None:
    """The public half alone: the id still names the old one."""
    public = value(db, "SELECT public FROM keys WHERE owner = 'rina'")
    change(db, "UPDATE keys SET public = ? WHERE owner = 'budi'", public)


@corrupts(
    *("key-differs", "row-unlogged", "approval-signature", "approval-missing", "row-differs"),
    "entry-unfounded",
)
def an_officers_key_is_replaced_whole(db: Db, _site: Path) -> None:
    change(db, "DELETE FROM keys WHERE owner = 'budi'")
    change(db, "UPDATE keys SET owner = 'budi' WHERE owner = 'rina'")


@corrupts("row-differs")
def a_revoked_officer_is_live_again(db: Db, _site: Path) -> None:
    change(db, "UPDATE officers SET standing = 'live' WHERE id = 'dewi'")


@corrupts("row-differs", "key-differs")
def a_revocation_is_taken_back(db: Db, _site: Path) -> None:
    change(db, "UPDATE keys SET revoked = NULL WHERE owner = 'dewi'")


@corrupts("row-differs")
def an_officer_gets_another_name(db: Db, _site: Path) -> None:
    change(db, "UPDATE officers SET name = 'Orang Lain' WHERE id = 'budi'")


@corrupts("row-unlogged")
def an_officer_is_slipped_in(db: Db, _site: Path) -> None:
    change(
        db,
        "INSERT INTO officers SELECT 'orang-lain', name, kid, enrolled_at, standing"
        " FROM officers WHERE id = 'budi'",
    )


@corrupts("row-differs", "key-differs")
def a_keys_window_is_widened(db: Db, _site: Path) -> None:
    sql = "UPDATE keys SET not_after = not_after + 86400000000 WHERE owner = 'opr-uji-a'"
    change(db, sql)


@corrupts("row-unlogged", "key-differs", "row-differs", "statement-signature", "exchange-trust")
def a_partners_key_is_given_to_another(db: Db, _site: Path) -> None:
    sql = "UPDATE keys SET owner = 'opr-uji-a' WHERE owner = 'opr-uji-b' AND role = 'statement'"
    change(db, sql)


@corrupts("partner-differs")
def a_partners_channel_is_changed(db: Db, _site: Path) -> None:
    change(db, "UPDATE partners SET channel = 'peer:lain' WHERE id = 'opr-uji-a'")


@corrupts("partner-differs", "exchange-trust")
def a_partners_standing_is_changed(db: Db, _site: Path) -> None:
    change(db, "UPDATE partners SET standing = 'closed' WHERE id = 'opr-uji-b'")


@corrupts("partner-differs", "approval-missing")
def a_partner_gets_another_card(db: Db, _site: Path) -> None:
    other = value(db, "SELECT card FROM partners WHERE id = 'opr-uji-b'")
    change(db, "UPDATE partners SET card = ? WHERE id = 'opr-uji-a'", other)


@corrupts("partner-differs", "slice-foreign")
def a_test_partner_is_called_real(db: Db, _site: Path) -> None:
    change(db, "UPDATE partners SET test = 0 WHERE id = 'opr-uji-b'")


@corrupts("row-differs")
def a_withdrawal_is_taken_back(db: Db, _site: Path) -> None:
    change(db, "UPDATE consents SET withdrawn_at = NULL, ended_at = NULL")


@corrupts("statement-differs", "slice-foreign", "nobody-differs")
def a_consents_terms_are_changed(db: Db, _site: Path) -> None:
    terms = value(db, "SELECT terms FROM consents")
    change(db, "UPDATE consents SET terms = ?", terms.replace(b'"penipuan"', b'"pinjaman"'))


@corrupts("row-differs")
def an_attempt_names_another_consent(db: Db, _site: Path) -> None:
    change(db, "UPDATE attempts SET consent = '' WHERE delivery = '1.ott-uji.1'")


@corrupts("consent-missing", "checkpoint-history", "state-impossible")
def an_attempt_comes_after_the_withdrawal(db: Db, _site: Path) -> None:
    withdrawn = leaf_of(db, "consent.withdraw")
    leaf = leaf_of(db, "delivery.attempt", delivery="1.ott-uji.1")
    for old, new in ((withdrawn, -1), (leaf, withdrawn), (-1, leaf)):
        change(db, "UPDATE ledger_leaves SET leaf = ? WHERE leaf = ?", new, old)
    rehash(db)


@corrupts("row-unlogged", "checkpoint-history", "row-missing")
def a_key_was_never_pinned(db: Db, _site: Path) -> None:
    kid = value(db, "SELECT kid FROM keys WHERE owner = 'opr-uji-b' AND role = 'seal'")
    edit_event(db, leaf_of(db, "key.add", kid=kid), kid="another")
    rehash(db)
