"""The signed words of two or three officers over a batch, as evidence shows them."""

from dataclasses import dataclass

from gateway.domain.batch import Batch
from gateway.domain.errors import NotFound
from gateway.domain.ledger import Tag
from gateway.domain.records import ApprovalRecord
from gateway.ports import UnitOfWork
from gateway.services.review import read_review


@dataclass(frozen=True, slots=True)
class Words:
    """Each a signed approval over the frozen review; `endorse` is empty where no guard asks."""

    submit: bytes
    release: bytes
    endorse: bytes


def read(uow: UnitOfWork, batch: Batch) -> Words:
    """The last submit and the release over what was shown, and where a guard was above its
    threshold the endorsement of an officer who is neither. Raises NotFound."""
    said = [w for w in uow.registry.approvals(f"batch:{batch.id}") if w.digest == batch.digest]
    newest = {word.act: word for word in said}
    try:
        submit, release = newest[str(Tag.BATCH_SUBMIT)], newest[str(Tag.BATCH_RELEASE)]
    except KeyError:
        raise _lacking(batch, "two officers") from None
    if not read_review(batch.review).over:
        return Words(submit.jws, release.jws, b"")
    return Words(submit.jws, release.jws, _third(batch, said, submit, release))


def _third(batch: Batch, said: list[ApprovalRecord], *others: ApprovalRecord) -> bytes:
    officers, keys = {word.officer for word in others}, {word.kid for word in others}
    for word in said:
        if word.act == Tag.BATCH_ENDORSE and word.officer not in officers and word.kid not in keys:
            return word.jws
    raise _lacking(batch, "a third officer, which its guards ask for")


def _lacking(batch: Batch, whose: str) -> NotFound:
    return NotFound(
        f"batch {batch.id} lacks the signed words of {whose}: nothing can be proven of it",
        hint=f"palang fsck; palang batch show {batch.id}",
    )
