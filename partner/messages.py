"""A signed word of the gateway comes in: an answer to what was said here, or a head.

Verified first, stored second (threats.md D10): by a pinned statement key of the gateway, addressed
to this partner, and an answer only to what this kit did say. Nothing is ever said back to it.
"""

import re
from dataclasses import dataclass

from gateway.domain.canonical import digest
from gateway.domain.errors import NotVerified
from gateway.domain.ledger import Checkpoint, read_checkpoint
from gateway.domain.proofs import hash_of
from gateway.domain.signed_forms import SUFFIX, form_of
from gateway.domain.statements import Answer, Head
from gateway.domain.times import Micros, to_wire
from gateway.domain.trust import Owner, OwnerKind, Role, Trust
from gateway.ports import Signed
from keys.documents import Documents
from keys.notes import C2spNotes
from partner import checkpoints, files, heads, heard, new_keys
from partner.checkpoints import Kept
from partner.kit import Kit
from partner.state import Tx

MAX_MESSAGE = 256 * 1024  # bytes; a head with its checkpoint has about 1 kB
_NAME = re.compile(
    r"palang-[a-z][a-z0-9-]{1,30}-(?:answer-[0-9a-f]{16}|head)\.(?:jws|p7m|asc)", re.ASCII
)
_ALARMS = frozenset(
    {"old-epoch", "rollback", "sequence-conflict", "checkpoint", checkpoints.INCONSISTENT}
)


@dataclass(frozen=True, slots=True)
class Word:
    """What was taken. `event` is answered, refused or head; `new` is False for one that came
    before; `facts` are for people and programs."""

    event: str
    facts: dict[str, object]
    new: bool


class MessageRefused(NotVerified):
    """A word that is not taken. `alarm` where the gateway's own key made it and a person must look;
    `stale` where it only came late."""

    def __init__(self, reason: str, message: str, *, alarm: bool = False) -> None:
        super().__init__(reason, message, hint=_HINTS.get(reason, ""))
        self.alarm = alarm

    @property
    def stale(self) -> bool:
        """Whether nothing is wrong with it but its time."""
        return self.reason == heads.STALE


_HINTS = {
    "unknown-key": "the gateway may have a new key: ask its officers for the trust file, and"
    " compare its fingerprints by phone",
    "unknown-statement": "was this kit restored from a backup? else somebody has your statement"
    " key: ask the gateway's officers at once, and let them revoke it",
    "rollback": "ask the gateway's officers by phone; the signed head is kept in refused/",
    "sequence-conflict": "ask the gateway's officers by phone; the signed head is kept in refused/",
    "checkpoint": "compare with another partner: palang-partner compare FILE",
    checkpoints.INCONSISTENT: checkpoints.WHAT_NOW,
}


def is_message(name: str) -> bool:
    """Whether a file of this name holds an answer or a head."""
    return _NAME.fullmatch(name) is not None


def take(kit: Kit, data: bytes) -> Word:
    """Verify a word and keep it. Raises MessageRefused; Conflict, NotVerified for own trouble."""
    at, pins = kit.clock.now(), kit.pins()
    owner = Owner(OwnerKind.GATEWAY, kit.identity.gateway)
    try:
        if len(data) > MAX_MESSAGE:
            raise NotVerified("malformed", f"an answer or head has at most {MAX_MESSAGE} bytes")
        signed = Documents().open_statement(data, owner, Role.STATEMENT, pins, at, kit.identity.id)
        match signed.statement:
            case Answer() as answer:
                return _answer(kit, answer, data)
            case Head() as head:
                return _head(kit, head, signed, data, pins)
    except MessageRefused:
        raise
    except NotVerified as error:
        raise MessageRefused(error.reason, str(error)) from error
    raise MessageRefused("wrong-typ", "expected an answer or a head")


def _answer(kit: Kit, answer: Answer, data: bytes) -> Word:
    with kit.state.write() as tx:
        ours = heard.said_by_us(tx, answer.statement)
        if ours is None:
            raise MessageRefused(
                "unknown-statement",
                f"it answers {answer.statement}, which this kit never said",
                alarm=True,
            )
        new = heard.keep_answer(tx, answer, digest(data), data, kit.clock.now())
        # a crash before leaves the answer where it lies, or with a gateway that says it again
        tx.commit("kit.heard")
    facts: dict[str, object] = {"kind": ours[0], "subject": ours[1], "statement": answer.statement}
    if answer.result == "accepted":
        return Word("answered", facts, new)
    return Word("not accepted", facts | {"reason": answer.reason, "row": answer.row or ""}, new)


def _head(kit: Kit, head: Head, signed: Signed, data: bytes, pins: Trust) -> Word:
    tree = _tree(head, pins)
    facts: dict[str, object] = {"epoch": head.epoch, "sequence": head.sequence}
    facts["until"] = to_wire(head.until)
    with kit.state.write() as tx:
        if _known(tx, data):
            return Word("head", facts, new=False)
        try:
            # what contradicts a kept checkpoint is told however late or odd the head is
            _follow(tx, head, tree, kit.clock.now())
            heads.check_head(head, tree, heard.around(tx, head, pins))
        except NotVerified as error:
            alarm = error.reason in _ALARMS
            raise MessageRefused(error.reason, str(error), alarm=alarm) from error
        heard.keep_head(tx, head, signed.key.kid, tree, data, kit.clock.now())
        # a crash before leaves the older head; the gateway says a new one on its rhythm
        tx.commit("kit.head")
    return Word("head", facts | new_keys.adopt(kit, head, pins), new=True)


def _follow(tx: Tx, head: Head, tree: Checkpoint | None, at: Micros) -> None:
    """Keep its checkpoint, and hold the proofs that it carries against those that are kept. Raises
    NotVerified("inconsistent")."""
    if tree is None:
        return
    place = (head.epoch, tree.size, tree.root, tree.origin)
    kept = Kept(*place, head.checkpoint, f"the head of {to_wire(head.at)}", at, 0)
    contradiction = checkpoints.keep(tx, kept)
    if contradiction:
        raise NotVerified(checkpoints.INCONSISTENT, contradiction, hint=checkpoints.WHAT_NOW)
    if head.links is not None:
        checkpoints.set_proves(tx)
    for link in head.links or ():
        checkpoints.prove(tx, link.old, kept, [hash_of(text) for text in link.hashes])


def _known(tx: Tx, data: bytes) -> bool:
    return tx.one("SELECT 1 FROM heads WHERE body = ?", (data,)) is not None


def _tree(head: Head, pins: Trust) -> Checkpoint | None:
    """The ledger's head in it. Its time is the head's own, as a manifest's is for its note."""
    if not head.checkpoint:
        return None
    owner = Owner(OwnerKind.GATEWAY, pins.gateway)
    body, _key = C2spNotes().verify(head.checkpoint, pins.gateway, owner, pins, head.at)
    return read_checkpoint(body)


def put_aside(kit: Kit, data: bytes, refused: MessageRefused) -> None:
    """Keep what a person must look at: the bytes as evidence, and the alarm until it is seen."""
    if not refused.alarm:
        return
    name = digest(data)
    try:
        ending = SUFFIX[form_of(data)]
    except NotVerified:
        ending = "txt"  # a proof that does not hold, or bytes of no form
    files.replace(
        kit.settings.path("refused") / f"{name.removeprefix('sha256:')}.{ending}", data, "kit.aside"
    )
    with kit.state.write() as tx:
        what = f"{refused} (kept as {name})"
        if refused.reason == checkpoints.INCONSISTENT:
            what += f" Next: {refused.hint}"
        heard.raise_alarm(tx, refused.reason, what, kit.clock.now())
        # a crash before leaves the bytes without the alarm; the same head raises it when it is read
        # again
        tx.commit("kit.alarm")
