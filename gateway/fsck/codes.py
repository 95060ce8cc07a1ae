"""The closed list of what fsck can find: one row a code (docs/fsck.md shows the same table).

`promise` is the letter of design 5 that does not hold; `*` means that nothing can be proven while
it lasts.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of finding. `means` is what is wrong, `todo` what a person does next."""

    name: str
    promise: str
    means: str
    todo: str


_RESTORE = "restore the last backup that fsck finds clean; keep this database as evidence"
_ASK = "compare with the partner's copy and a backup; somebody wrote to the database by hand"
_HALT = "stop the worker: palang must not send from this database; then restore a backup"
_OFFICERS = "ask the officers named in the ledger what they signed; treat it as an intrusion"

_TABLE = (
    Code("database-damaged", "*", "the database finds its own file damaged", _RESTORE),
    Code(
        "schema-unknown",
        "*",
        "tables or columns are missing, or not known to this program",
        "run the program that wrote the database; an unknown table is somebody's own",
    ),
    Code("cell-form", "*", "cells hold another type than their column", _RESTORE),
    Code("row-unreadable", "*", "a row holds what no part of a gateway writes", _RESTORE),
    Code(
        "period-key-missing",
        "*",
        "stored content is under a period key that is neither here nor destroyed by a purge",
        "bring the folder of period keys and its secret back from their copy (docs/retention.md)",
    ),
    Code("sealed-content", "*", "stored content is not what its period key sealed there", _RESTORE),
    Code(
        "purge-unrecorded",
        "D",
        "content is gone, and no signed tombstone names it",
        "restore the last backup that fsck finds clean; ask who deleted it, and by what order",
    ),
    Code("pair-missing", "A", "a released batch has no delivery to a partner of its review", _HALT),
    Code("pair-unreleased", "A", "a delivery belongs to no released batch and review", _HALT),
    Code("state-unknown", "A", "a delivery or batch is in no state that is shown", _ASK),
    Code("nobody-differs", "A", "the review miscounts the entries that nobody may receive", _ASK),
    Code("parcel-bytes", "B", "a sealed parcel's bytes are not those of its digest", _HALT),
    Code("copy-missing", "B", "a partner's copy lacks a delivery that it acknowledged", _ASK),
    Code("copy-twice", "B", "a partner's copy records a delivery twice", _ASK),
    Code("copy-differs", "B", "a partner's copy holds other bytes than were sealed", _ASK),
    Code("copy-unread", "B", "a partner's copy can't be read as a kit's state", "copy it anew"),
    Code("exchange-bytes", "B", "what lies ready in the exchange store has other bytes", _HALT),
    Code("exchange-unknown", "B", "the exchange store holds what was not made here", _HALT),
    Code(
        "exchange-trust",
        "C",
        "the exchange store lets in other keys than are pinned",
        "treat the listener's host as broken into; publish the partner anew",
    ),
    Code("statement-missing", "C", "what counts has no received bytes behind it", _RESTORE),
    Code("statement-bytes", "C", "received bytes are not those of their digest", _RESTORE),
    Code("statement-signature", "C", "what counts is not signed by a key that is pinned", _ASK),
    Code(
        "statement-subject", "C", "what counts is about another delivery, parcel or manifest", _ASK
    ),
    Code("statement-differs", "C", "what is recorded is not what the partner signed", _ASK),
    Code("tally-wrong", "C", "sums that screens show are not those of the statements", _ASK),
    Code("counted-wrong", "C", "a statement counts, or does not, against the rules", _ASK),
    Code(
        "entry-outside", "C", "a confirmed entry is not of the slice, or can't be answered so", _ASK
    ),
    Code("key-differs", "C", "a pinned key is not the one that was pinned", _OFFICERS),
    Code("answer-differs", "C", "an answer or head of the gateway is not what it should say", _ASK),
    Code("leaf-missing", "D", "the ledger has a gap, or is shorter than its head says", _RESTORE),
    Code("leaf-beyond", "D", "the ledger has leaves beyond its head", _RESTORE),
    Code("node-wrong", "D", "a node of the tree is not the hash of what lies below it", _RESTORE),
    Code("opening-wrong", "D", "a leaf's opening is not what was hashed", _RESTORE),
    Code("opening-missing", "D", "a leaf that must be open is closed", _RESTORE),
    Code("event-unknown", "D", "a leaf's event can't be read, or is not in the closed list", _ASK),
    Code("digest-index", "D", "the index of digests is not that of the events", _RESTORE),
    Code("checkpoint-signature", "D", "a checkpoint's note does not verify", _ASK),
    Code(
        "checkpoint-history",
        "D",
        "a signed checkpoint is not the head of a beginning of this ledger",
        "the ledger was rewritten or cut: stop the worker, restore, compare with partners' copies",
    ),
    Code("checkpoint-missing", "D", "a checkpoint that left the house is not stored", _RESTORE),
    Code("row-unlogged", "D", "a row has no leaf that records it", _ASK),
    Code("row-missing", "D", "a leaf or a row names what is not there", _RESTORE),
    Code("row-differs", "D", "a row says otherwise than its leaf", _ASK),
    Code("state-differs", "D", "the ledger's events lead to another state than is stored", _ASK),
    Code("state-impossible", "D", "the ledger's events do not follow each other", _ASK),
    Code("judgement-differs", "D", "a received item's judgement is not that of the ledger", _ASK),
    Code(
        "guard-missing",
        "D",
        "a trigger that keeps rows as they were written is missing or another",
        "find out who changed the schema, and when; then restore, or run palang db upgrade",
    ),
    Code("sequence-gap", "E", "a sequence is missing without being declared void", _HALT),
    Code("sequence-reused", "E", "a sequence was given twice", _HALT),
    Code("previous-differs", "E", "a manifest does not name the one before it", _HALT),
    Code("stream-head", "E", "a partner's stream is not where its last manifest is", _HALT),
    Code("void-wrong", "E", "a void is declared that is none, or one is not declared", _HALT),
    Code("manifest-differs", "E", "a manifest says otherwise than its row", _HALT),
    Code("manifest-signature", "E", "a manifest is not signed by the gateway's pinned key", _HALT),
    Code("epoch-falls", "E", "the epoch is not the last one that two officers opened", _HALT),
    Code(
        "behind-high-water",
        "E",
        "the database lies behind what left the house, or nothing says how far that was",
        "bring back a database as new as the high-water file, or let two officers open a new epoch",
    ),
    Code("number-differs", "F", "an accepted number is not what the source wrote", _HALT),
    Code("entry-unfounded", "F", "a batch has entries that no accepted row stands for", _HALT),
    Code("entries-changed", "F", "a batch's entries are not those that were reviewed", _HALT),
    Code("protected-sealed", "F", "a protected number was sealed as a block", _HALT),
    Code("reference-differs", "F", "a dated table is not the one of its version", _HALT),
    Code("slice-differs", "G", "a stored slice is not what its manifest signs", _HALT),
    Code("slice-unreleased", "G", "a sealed number was not released with that action", _HALT),
    Code("slice-foreign", "G", "a partner was sealed what it may not receive", _HALT),
    Code("consent-missing", "G", "an attempt was made outside the consent it names", _HALT),
    Code("number-shown", "H", "an event or statement holds what may be a phone number", _ASK),
    Code("approval-signature", "I", "an officer's approval does not verify", _OFFICERS),
    Code(
        "approval-missing",
        "I",
        "an act lacks two officers' signatures over its digest, or three above a guard",
        _OFFICERS,
    ),
    Code(
        "partner-differs", "I", "a partner is not as the card that two officers approved", _OFFICERS
    ),
)

CODES = {code.name: code for code in _TABLE}
