"""Checks 9 and 10: the numbers, where the bundle shows all of them or one."""

from collections import Counter

from gateway.domain import entries, merkle
from gateway.domain.parcel import SALT_BYTES
from gateway.services.examination import Exam, Finding, expect, not_checked, ok


def whole_slice(exam: Exam) -> Finding:
    """entries.csv has the size, salted digest, tree root and counts that the manifest signs."""
    data, salt = exam.dossier.entries, exam.dossier.salt
    if data is None and salt is None:
        return not_checked("exported without entries (palang audit export --with-entries)")
    expect(
        data is not None and salt is not None and len(salt) == SALT_BYTES,
        "entries",
        "entries.csv and slice.salt belong together",
    )
    data, salt, signed = data or b"", salt or b"", exam.manifest.entries
    expect(len(data) == signed.bytes, "entries", "entries.csv has another size than is signed")
    expect(
        entries.salted_digest(salt, data) == signed.digest,
        "entries",
        "SHA-256(slice.salt || entries.csv) is not the digest that is signed",
    )
    expect(
        entries.root_of(salt, data) == signed.root,
        "entries",
        "the tree over the entries has another root than is signed",
    )
    expect(_counts(data) == (exam.manifest.block, exam.manifest.unblock), "entries", "other counts")
    return ok(f"{exam.manifest.count} entries")


def _counts(data: bytes) -> tuple[int, int]:
    actions = Counter(entry.action for entry in entries.iterate(data))
    freed = actions[entries.UNBLOCK] + actions[entries.DELISTED]
    return actions.total() - freed, freed


def one_entry(exam: Exam) -> Finding:
    """The line is a leaf of the signed tree, proven without its neighbours."""
    proof, head = exam.dossier.proof, exam.dossier.head
    if proof is None:
        expect(head.kind == "delivery", "entry", "the bundle is of one entry and shows none")
        return not_checked("this bundle is of a whole delivery")
    expect(
        proof.entry == head.entry and proof.line.startswith(f"{head.entry},"),
        "entry",
        f"bundle.json is about entry {head.entry}, another line is shown",
    )
    leaf = entries.leaf(proof.salt, proof.line.encode())
    root = bytes.fromhex(exam.manifest.entries.root.removeprefix("sha256:"))
    merkle.verify_inclusion(leaf, proof.entry - 1, exam.manifest.count, proof.path, root)
    return ok(f"entry {proof.entry} of {exam.manifest.count}")
