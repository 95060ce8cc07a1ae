"""Corruptions of what came back: receipts, confirmations, bytes, what counts (promise C)."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from gateway.domain.canonical import digest
from tests.fsck.tampering import Db, change, corrupts, edit_event, flipped, leaf_of, rehash, value

_OF_A = "SELECT statement FROM receipts WHERE delivery = '1.opr-uji-a.1' ORDER BY key"
_OF_B = "SELECT statement FROM receipts WHERE delivery = '1.opr-uji-b.1' ORDER BY key"


@corrupts("row-unlogged", "row-missing", "statement-missing", "counted-wrong")
def two_partners_receipts_are_swapped(db: Db, _site: Path) -> None:
    one, other = value(db, _OF_A), value(db, _OF_B)
    for old, new in ((one, "swap"), (other, one), ("swap", other)):
        change(db, "UPDATE receipts SET statement = ? WHERE statement = ?", new, old)


@corrupts("row-unlogged", "row-missing", "statement-subject", "counted-wrong", "row-differs")
def two_deliveries_receipts_are_swapped(db: Db, _site: Path) -> None:
    first, second = "1.opr-uji-a.1", "5.opr-uji-a.1"
    for old, new in ((first, "7.opr-uji-a.1"), (second, first), ("7.opr-uji-a.1", second)):
        change(db, "UPDATE receipts SET delivery = ? WHERE delivery = ?", new, old)


@corrupts("counted-wrong", "row-differs")
def a_receipt_is_made_to_count(db: Db, _site: Path) -> None:
    change(db, "UPDATE receipts SET counted = 1 WHERE counted = 0")


@corrupts("counted-wrong", "row-differs")
def a_receipt_is_made_not_to_count(db: Db, _site: Path) -> None:
    change(db, "UPDATE receipts SET counted = 0 WHERE statement = ?", value(db, _OF_B))


@corrupts("counted-wrong", "row-differs")
def a_receipt_is_made_late(db: Db, _site: Path) -> None:
    change(db, "UPDATE receipts SET late = 1 WHERE statement = ?", value(db, _OF_B))


@corrupts("counted-wrong", "checkpoint-history")
def a_receipt_counts_and_so_says_its_leaf(db: Db, _site: Path) -> None:
    statement = value(db, "SELECT statement FROM receipts WHERE counted = 0 ORDER BY key")
    change(db, "UPDATE receipts SET counted = 1 WHERE statement = ?", statement)
    edit_event(db, leaf_of(db, "receipt.record", statement=statement), counted=True)
    rehash(db)


@corrupts("statement-differs", "row-differs")
def a_refusal_gets_another_reason(db: Db, _site: Path) -> None:
    change(db, "UPDATE receipts SET reason = 'cant-open' WHERE result = 'negative'")


@corrupts("statement-differs")
def a_receipts_own_time_is_changed(db: Db, _site: Path) -> None:
    sql = "UPDATE receipts SET said_at = said_at - 3600000000 WHERE statement = ?"
    change(db, sql, value(db, _OF_B))


@corrupts("row-missing", "row-differs")
def a_receipt_is_deleted(db: Db, _site: Path) -> None:
    change(db, "DELETE FROM receipts WHERE statement = ?", value(db, _OF_B))


@corrupts("statement-differs")
def a_confirmed_row_is_changed(db: Db, _site: Path) -> None:
    change(db, "UPDATE confirmation_rows SET disposition = 'sudah_diblokir' WHERE confirmation = 1")


@corrupts("statement-differs")
def a_confirmed_row_is_deleted(db: Db, _site: Path) -> None:
    change(db, "DELETE FROM confirmation_rows WHERE confirmation = 2")


@corrupts("counted-wrong")
def a_contradiction_is_hidden(db: Db, _site: Path) -> None:
    change(db, "UPDATE confirmations SET conflict = 0 WHERE conflict = 1")


@corrupts("counted-wrong")
def a_confirmation_is_called_a_contradiction(db: Db, _site: Path) -> None:
    change(db, "UPDATE confirmations SET conflict = 1 WHERE revision = 2")


@corrupts("tally-wrong")
def a_tally_says_more_done(db: Db, _site: Path) -> None:
    change(db, "UPDATE tallies SET done = done + 1 WHERE upto > 0")


@corrupts("tally-wrong")
def a_tally_says_another_term(db: Db, _site: Path) -> None:
    change(db, "UPDATE tallies SET term = term + 1 WHERE upto > 0")


@corrupts("tally-wrong")
def a_tally_says_fewer_final(db: Db, _site: Path) -> None:
    change(db, "UPDATE tallies SET final = final - 1 WHERE upto > 0")


@corrupts("row-differs", "statement-differs")
def a_revision_is_raised(db: Db, _site: Path) -> None:
    change(db, "UPDATE confirmations SET revision = 9 WHERE revision = 2")


@corrupts("row-missing")
def a_confirmation_is_deleted(db: Db, _site: Path) -> None:
    key = value(db, "SELECT key FROM confirmations WHERE delivery = '1.opr-uji-b.1'")
    change(db, "DELETE FROM confirmation_rows WHERE confirmation = ?", key)
    change(db, "DELETE FROM confirmations WHERE key = ?", key)


@corrupts("statement-bytes", "statement-missing")
def received_bytes_are_deleted(db: Db, _site: Path) -> None:
    change(db, "UPDATE inbound SET body = x'' WHERE digest = ?", value(db, _OF_B))


@corrupts("row-missing", "statement-missing", "answer-differs")
def a_received_item_is_deleted(db: Db, _site: Path) -> None:
    change(db, "DELETE FROM inbound WHERE digest = ?", value(db, _OF_B))


@corrupts("statement-bytes")
def received_bytes_are_changed(db: Db, _site: Path) -> None:
    statement = value(db, _OF_B)
    body = value(db, "SELECT body FROM inbound WHERE digest = ?", statement)
    change(db, "UPDATE inbound SET body = ? WHERE digest = ?", flipped(body, 40), statement)


@corrupts("statement-differs", "row-differs")
def a_receipt_names_another_key(db: Db, _site: Path) -> None:
    seal = "SELECT kid FROM keys WHERE owner = 'opr-uji-b' AND role = 'seal'"
    change(db, "UPDATE receipts SET kid = ? WHERE statement = ?", value(db, seal), value(db, _OF_B))


@corrupts("statement-signature", "row-differs", "approval-missing")
def a_partners_key_is_revoked_back_in_time(db: Db, _site: Path) -> None:
    """Then its receipts would no longer count."""
    sql = "UPDATE keys SET revoked = not_before WHERE owner = 'opr-uji-b' AND role = 'statement'"
    change(db, sql)


@corrupts("judgement-differs")
def a_refused_item_is_accepted(db: Db, _site: Path) -> None:
    change(db, "UPDATE inbound SET state = 'ACCEPTED', reason = '' WHERE state = 'REFUSED'")


@corrupts("judgement-differs", "statement-missing", "answer-differs")
def an_accepted_item_is_refused(db: Db, _site: Path) -> None:
    sql = "UPDATE inbound SET state = 'REFUSED', reason = 'unknown-key' WHERE digest = ?"
    change(db, sql, value(db, _OF_B))


@corrupts("row-differs")
def an_arrival_is_dated_back(db: Db, _site: Path) -> None:
    sql = "UPDATE inbound SET received_at = received_at - 5000000 WHERE digest = ?"
    change(db, sql, value(db, _OF_B))


@corrupts("row-unlogged", "judgement-differs")
def an_arrival_is_made_up(db: Db, _site: Path) -> None:
    names = "partner, kind, digest, body, received_at, state, reason"
    copied = "'opr-uji-b', kind, digest, body, received_at, state, reason"
    sql = f"INSERT INTO inbound ({names}) SELECT {copied} FROM inbound WHERE digest = ?"
    change(db, sql, value(db, _OF_A))


@corrupts("answer-differs")
def an_answer_is_changed(db: Db, _site: Path) -> None:
    body = value(db, "SELECT body FROM outgoing WHERE kind = 'answer' ORDER BY digest")
    change(db, "UPDATE outgoing SET body = ? WHERE body = ?", flipped(body, 60), body)


@corrupts("answer-differs")
def an_answer_is_given_to_another_statement(db: Db, _site: Path) -> None:
    sql = "UPDATE outgoing SET subject = ? WHERE kind = 'answer' AND subject = ?"
    change(db, sql, value(db, _OF_A), value(db, _OF_B))


@corrupts("row-missing", "exchange-unknown")
def a_head_is_deleted(db: Db, _site: Path) -> None:
    newest = "SELECT digest FROM outgoing WHERE kind = 'head' ORDER BY made_at DESC, digest LIMIT 1"
    change(db, "DELETE FROM outgoing WHERE digest = ?", value(db, newest))


@corrupts("statement-differs")
def a_nothing_to_report_reaches_further(db: Db, _site: Path) -> None:
    change(db, "UPDATE nothings SET sequence = 3")


@corrupts("number-shown", "row-missing", "row-unlogged", "judgement-differs")
def a_number_is_written_into_a_statement(db: Db, _site: Path) -> None:
    """With a digest that fits, so that only what it says is wrong; its leaf is another's."""
    said = json.dumps({"iss": "opr-uji-b", "note": "0872" + "11112203"}).encode()
    body = b".".join([b"e30", base64.urlsafe_b64encode(said).rstrip(b"="), b"AA"])
    change(
        db,
        "UPDATE inbound SET body = ?, digest = ? WHERE state = 'REFUSED' AND partner = 'opr-uji-a'",
        body,
        digest(body),
    )


@corrupts("counted-wrong", "statement-differs")
def a_word_per_entry_counts_that_no_consent_agrees_to(db: Db, _site: Path) -> None:
    terms = value(db, "SELECT terms FROM consents")
    assert b'"per-entry"' in terms
    change(db, "UPDATE consents SET terms = ?", terms.replace(b'"per-entry"', b'"aggregate"'))
