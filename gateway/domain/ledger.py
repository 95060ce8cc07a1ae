"""The ledger: an append-only transparency log of every state change (design 8, promise D).

entry = SHA-256(16-byte salt || event JSON); leaf = SHA-256(0x00 || entry). The event JSON never has
numbers or raw text; salt and JSON are the deletable opening. Checkpoints are C2SP signed notes.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from enum import StrEnum

from gateway.domain import merkle
from gateway.domain.canonical import Json, encode
from gateway.domain.errors import NotVerified
from gateway.domain.times import Micros, to_wire


class Tag(StrEnum):
    """The closed list of ledger events: subject.act."""

    GATEWAY_INIT = "gateway.init"
    EPOCH_OPEN = "epoch.open"
    REFERENCE_LOAD = "reference.load"
    REFERENCE_ACTIVATE = "reference.activate"
    OFFICER_ENROL = "officer.enrol"
    OFFICER_APPROVE = "officer.approve"
    KEY_ADD = "key.add"
    KEY_ANNOUNCE = "key.announce"
    KEY_RETIRE = "key.retire"
    KEY_REVOKE = "key.revoke"
    PARTNER_PROPOSE = "partner.propose"
    PARTNER_APPROVE = "partner.approve"
    LADDER_RECORD = "ladder.record"
    CONSENT_GIVE = "consent.give"
    CONSENT_WITHDRAW = "consent.withdraw"
    CONSENT_WITHDRAWN = "consent.withdrawn"
    INTAKE_ADD = "intake.add"
    LIST_RECORD = "list.record"
    PROFILE_SAVE = "profile.save"
    HOLD_RESOLVE = "hold.resolve"
    BATCH_PREPARE = "batch.prepare"
    BATCH_SUBMIT = "batch.submit"
    BATCH_ENDORSE = "batch.endorse"
    BATCH_RELEASE = "batch.release"
    BATCH_STOP = "batch.stop"
    DELIVERY_SEAL = "delivery.seal"
    DELIVERY_ATTEMPT = "delivery.attempt"
    DELIVERY_OUTCOME = "delivery.outcome"
    DELIVERY_WITHHOLD = "delivery.withhold"
    DELIVERY_STOP = "delivery.stop"
    DELIVERY_RESUME = "delivery.resume"
    DELIVERY_REQUEUE = "delivery.requeue"
    INBOUND_KEEP = "inbound.keep"
    STATEMENT_REFUSE = "statement.refuse"
    RECEIPT_RECORD = "receipt.record"
    RECEIPT_CONFLICT = "receipt.conflict"
    CONFIRMATION_RECORD = "confirmation.record"
    CONFIRMATION_CONFLICT = "confirmation.conflict"
    REQUEST_RECORD = "request.record"
    FETCH_RECORD = "fetch.record"
    BOUNCE_RECORD = "bounce.record"
    NOTHING_RECORD = "nothing.record"
    HEAD_ISSUE = "head.issue"
    RETENTION_HOLD = "retention.hold"
    RETENTION_LIFT = "retention.lift"
    RETENTION_PURGE = "retention.purge"
    AUDIT_EXPORT = "audit.export"
    REPORT_CUT = "report.cut"
    ACCOUNT_ADD = "account.add"
    ACCOUNT_ASK = "account.ask"
    ACCOUNT_CHANGE = "account.change"


@dataclass(frozen=True, slots=True)
class LedgerEvent:
    """One event before it has its place.

    `facts` are ids, digests, counts, codes: never a number, never raw text.
    """

    tag: Tag
    at: Micros
    facts: dict[str, Json]

    def to_bytes(self) -> bytes:
        """The event JSON."""
        return encode({"v": 1, "event": str(self.tag), "at": to_wire(self.at), **self.facts})


def entry_hash(salt: bytes, event: bytes) -> bytes:
    """SHA-256(salt || event JSON):

    what the tree holds, so that the opening can be deleted and the tree still stands.
    """
    return hashlib.sha256(salt + event).digest()


def leaf(salt: bytes, event: bytes) -> bytes:
    """The leaf hash of an event."""
    return merkle.leaf_hash(entry_hash(salt, event))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head: origin, size, root; the body of a C2SP tlog-checkpoint."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        """The note text, ending in a newline (C2SP tlog-checkpoint)."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def read_checkpoint(body: str) -> Checkpoint:
    """Read a note text as a checkpoint. Raises NotVerified("checkpoint")."""
    lines = body.split("\n")
    if len(lines) < 4 or lines[-1] != "" or not lines[0]:
        raise NotVerified("checkpoint", "a checkpoint has the lines origin, size and root")
    origin, size, root = lines[:3]
    if not (size.isascii() and size.isdigit() and len(size) < 20) or str(int(size)) != size:
        raise NotVerified("checkpoint", "the second line of a checkpoint is a decimal size")
    try:
        value = base64.b64decode(root, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotVerified("checkpoint", "the third line of a checkpoint is base64") from error
    if len(value) != 32 or base64.b64encode(value).decode() != root:
        raise NotVerified("checkpoint", "the root of a checkpoint is 32 bytes in canonical base64")
    return Checkpoint(origin, int(size), value)


def proof_text(index: int, proof: list[bytes], note: str) -> str:
    """A C2SP `.tlog-proof` file: an inclusion proof with the checkpoint it leads to."""
    hashes = "".join(base64.b64encode(item).decode() + "\n" for item in proof)
    return f"c2sp.org/tlog-proof@v1\nindex {index}\n{hashes}\n{note}"


def read_proof(text: str) -> tuple[int, list[bytes], str]:
    """Index, hashes and note of a `.tlog-proof`. Raises NotVerified("proof")."""
    head, blank, note = text.partition("\n\n")
    lines = head.split("\n")
    number = lines[1].removeprefix("index ") if len(lines) > 1 else ""
    if (
        not blank
        or lines[0] != "c2sp.org/tlog-proof@v1"
        or not number.isdecimal()
        or len(lines) > 70
    ):
        raise NotVerified("proof", "a tlog-proof begins with its version and an index line")
    try:
        hashes = [base64.b64decode(line, validate=True) for line in lines[2:]]
        return int(number), hashes, note
    except (binascii.Error, ValueError) as error:
        raise NotVerified("proof", "the hashes of a tlog-proof are base64 lines") from error
