"""Checks 31 to 33: a bundle of several deliveries, each of which was examined by itself."""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.domain import fields, ledger
from gateway.domain.bundle import Members
from gateway.domain.canonical import Json, JsonObject
from gateway.domain.errors import NotVerified
from gateway.domain.manifest import Manifest
from gateway.domain.times import to_wib
from gateway.domain.trust import Trust
from gateway.services import checks_form, figures
from gateway.services.claims import Claim, recompute
from gateway.services.dossier import Dossier, Head
from gateway.services.examination import Exam, Finding, expect, not_checked, ok
from gateway.services.whole import Whole

_UNSEALED = {"delivery", "partner", "state", "reason"}
_MOST = 100_000  # deliveries of a month that were never sealed


@dataclass(frozen=True, slots=True)
class Inner:
    """What is left of a delivery's examination: it is held while the others are looked at."""

    name: str
    head: Head
    manifest: Manifest
    note: str
    line: str
    row: JsonObject
    claim: Claim


def inner_of(name: str, dossier: Dossier, manifest: Manifest) -> Inner:
    """What a dossier that can be read leaves. Raises NotVerified."""
    claim = recompute(dossier, manifest)
    return Inner(
        name=name,
        head=dossier.head,
        manifest=manifest,
        note=dossier.note,
        line=dossier.proof.line if dossier.proof is not None else "",
        row=figures.row(dossier, manifest, claim.to_json()),
        claim=claim,
    )


@dataclass(frozen=True, slots=True)
class WholeExam:
    """A bundle of several deliveries under examination; `inners` are those that can be read."""

    data: bytes
    members: Members
    whole: Whole
    inners: tuple[Inner, ...]
    pins: Trust | None


def form(exam: WholeExam) -> Finding:
    """Check 1 of the whole file."""
    return checks_form.same_bytes(exam.data, exam.members)


def index(exam: WholeExam) -> Finding:
    """Check 2 of the whole file."""
    return checks_form.as_listed(exam.members)


def known(exam: WholeExam) -> Finding:
    """Check 3 of the whole file."""
    others = exam.whole.others
    expect(not others, "members", "unknown members: " + ", ".join(others[:5]))
    return ok()


def pins(exam: WholeExam) -> Finding:
    """Check 4 of the whole file."""
    gateway = exam.pins.gateway if exam.pins is not None else exam.whole.head.gateway
    expect(
        gateway == exam.whole.head.gateway,
        "other-gateway",
        f"the trust file is of {gateway}, the bundle of {exam.whole.head.gateway}",
    )
    return ok()


def single(_exam: Exam) -> Finding:
    """Of one delivery there is nothing to hold together."""
    return not_checked("this bundle is of one delivery")


def together(exam: WholeExam) -> Finding:
    """Each delivery stands under its own name, is of the kind and gateway and moment that
    bundle.json says, and all under one checkpoint: a month's, of its cut-off."""
    head = exam.whole.head
    due = "entry" if head.kind == "number" else "delivery"
    for inner in exam.inners:
        expect(
            (inner.head.delivery, inner.head.kind, inner.head.gateway, inner.head.exported)
            == (inner.name, due, head.gateway, head.exported),
            "other-bundle",
            f"deliveries/{inner.name}.zip is of another delivery, kind, gateway or export",
        )
    notes = {inner.note for inner in exam.inners}
    expect(len(notes) < 2, "checkpoints", "the deliveries stand under different checkpoints")
    expect(bool(notes) or head.kind == "month", "empty", "the bundle shows no delivery")
    if head.cutoff is not None and notes:
        size = ledger.read_checkpoint(notes.pop().rpartition("\n\n")[0] + "\n").size
        expect(
            size == head.cutoff.leaves,
            "cutoff",
            f"bundle.json cuts off at {head.cutoff.leaves} leaves, the checkpoint has {size}",
        )
    return ok(f"{len(exam.inners)} deliveries")


def belongs(exam: WholeExam) -> Finding:
    """Every line shows the same number; every delivery was released in the month, in Jakarta."""
    if exam.whole.head.kind == "number":
        shown = {inner.line.split(",")[1] for inner in exam.inners if "," in inner.line}
        expect(len(shown) < 2, "other-number", "the deliveries are of different numbers")
        return ok("one number")
    for inner in exam.inners:
        month = to_wib(inner.manifest.released).strftime("%Y-%m")
        expect(
            month == exam.whole.head.month,
            "other-month",
            f"delivery {inner.name} was released in {month}",
        )
    return ok(exam.whole.head.month)


def month_figures(exam: WholeExam) -> Finding:
    """month.json is what the deliveries amount to; what was never sealed is only read."""
    head, told = exam.whole.head, exam.whole.figures
    if head.kind == "number":
        return not_checked("this bundle is of one number")
    unsealed = list(fields.array(told, "unsealed", _unsealed, most=_MOST))
    more = told.get("more")
    expect(isinstance(more, bool), "malformed", "member 'more': expected true or false")
    expect(not (more and unsealed), "figures", "what was never sealed stands in the last part")
    rows = [inner.row for inner in exam.inners]
    due = figures.document(head.month, head.part, bool(more), rows, unsealed)
    wrong = sorted(_differing(due, told))
    expect(not wrong, "figures", "the deliveries do not bear out: " + ", ".join(wrong))
    return ok(f"{len(rows)} deliveries, {len(unsealed)} never sealed (the gateway's own word)")


def _differing(due: JsonObject, told: JsonObject) -> Iterable[str]:
    return (name for name in {*due, *told} if due.get(name) != told.get(name))


def _unsealed(item: Json) -> JsonObject:
    texts = isinstance(item, dict) and all(isinstance(value, str) for value in item.values())
    if not texts or set(item) != _UNSEALED:
        raise NotVerified("malformed", "an unsealed delivery has " + ", ".join(sorted(_UNSEALED)))
    found: JsonObject = item
    return found
