"""What a cover page says, from what a bundle shows (docs/evidence.md, "The cover page")."""

from collections.abc import Mapping, Sequence

from gateway.domain.canonical import JsonObject, digest
from gateway.domain.manifest import Manifest
from gateway.domain.times import Micros, from_wire, show_wib
from gateway.services.checks_whole import Inner
from gateway.services.cover.page import NONE, Cover
from gateway.services.dossier import Dossier
from gateway.services.whole import WholeHead


def of_delivery(dossier: Dossier, manifest: Manifest, summary: JsonObject) -> Cover:
    """The page of a delivery or an entry; `summary` is its summary.json."""
    values = _head(dossier, manifest) | _counts(manifest, summary) | _times(dossier, manifest)
    values |= _answered(summary) | {"receipt": _receipt(str(manifest.delivery), summary)}
    rows: list[tuple[str, ...]] = [
        (code, scope or NONE, count(n)) for code, scope, n, _done in summary["outcomes"]
    ]
    if dossier.proof is not None:
        number = _field(dossier.proof.line, 1)
        values |= {"entry": count(dossier.proof.entry), "number": f"+{number}"}
        one = summary.get("entry")
        rows = [(one["disposition"], one["scope"] or NONE, "1")] if one else []
    return Cover(_kind(manifest, summary), values, tuple(rows))


def of_number(head: WholeHead, inners: Sequence[Inner]) -> Cover:
    """The page of a number's whole story."""
    number = _field(inners[0].line, 1) if inners else ""
    values = {
        "gateway": head.gateway,
        "number": f"+{number}",
        "deliveries": count(len(inners)),
        "exported": show_wib(head.exported),
    }
    return Cover("number", values, tuple(_story(inner) for inner in inners))


def of_month(head: WholeHead, figures: JsonObject) -> Cover:
    """The page of a month; `figures` is month.json."""
    values = {
        "gateway": head.gateway,
        "month": head.month,
        "part": count(head.part),
        "cutoff": count(head.cutoff.leaves) if head.cutoff else NONE,
        "deliveries": count(len(figures["deliveries"])),
        "exported": show_wib(head.exported),
    }
    return Cover("month", values, tuple(_total(total) for total in figures["totals"]))


def count(n: int) -> str:
    """`57.459`."""
    return f"{n:,}".replace(",", ".")


def _kind(manifest: Manifest, summary: JsonObject) -> str:
    basis = "listed" if manifest.basis == "voluntary" else "order"
    return basis if "acknowledged" in summary else f"{basis}-unproven"


def _head(dossier: Dossier, manifest: Manifest) -> dict[str, str]:
    return {
        "gateway": manifest.gateway,
        "partner": manifest.partner,
        "delivery": str(manifest.delivery),
        "sequence": f"{manifest.epoch}/{manifest.sequence}",
        "parcel": dossier.sealings[-1].parcel if dossier.sealings else NONE,
        "manifest": digest(dossier.manifest),
    }


def _counts(manifest: Manifest, summary: JsonObject) -> dict[str, str]:
    return {
        "state": summary["state"],
        "entries": count(manifest.count),
        "block": count(manifest.block),
        "unblock": count(manifest.unblock),
        "done": count(summary["declared_done"]),
        "unanswered": count(summary["unanswered"]),
    }


def _times(dossier: Dossier, manifest: Manifest) -> dict[str, str]:
    return {
        "released": show_wib(manifest.released),
        "sealed": _wib(dossier.sealings[0].at if dossier.sealings else None),
        "exported": show_wib(dossier.head.exported),
    }


def _answered(summary: JsonObject) -> dict[str, str]:
    receipt = summary.get("acknowledged", {})
    return {
        "handed": _wire(summary, "handed_over"),
        "received": _wire(receipt, "ours"),
        "partners": _wire(receipt, "partners"),
    }


def _receipt(delivery: str, summary: JsonObject) -> str:
    """Nomor Tanda Terima: it names the delivery and the partner's own signed receipt."""
    receipt = summary.get("acknowledged")
    if receipt is None:
        return NONE
    return f"{delivery}-{receipt['statement'].removeprefix('sha256:')[:16]}"


def _story(inner: Inner) -> tuple[str, ...]:
    summary, one = inner.row["summary"], inner.claim.one
    answered = _answered(summary)
    return (
        inner.name,
        inner.manifest.partner,
        _field(inner.line, 2),
        show_wib(inner.manifest.released),
        answered["handed"],
        answered["received"],
        one.disposition if one else NONE,
        (one.scope or NONE) if one else NONE,
        _wib(one.said_at if one else None),
    )


def _total(total: JsonObject) -> tuple[str, ...]:
    sums = (total[name] for name in ("deliveries", "acknowledged", "entries", "declared_done"))
    name = total["partner"] + (", uji" if total["test"] else "")
    return (name, *map(count, sums), count(total["unanswered"]))


def _field(line: str, position: int) -> str:
    cells = line.split(",")
    return cells[position] if position < len(cells) else ""


def _wire(document: Mapping[str, str], name: str) -> str:
    return _wib(from_wire(document[name]) if name in document else None)


def _wib(at: Micros | None) -> str:
    return NONE if at is None else show_wib(at)
