"""A month's figures: month.json, computed from what each delivery's bundle shows.

The export computes it, and the verifier computes it again and demands the same.
"""

from collections import Counter
from collections.abc import Iterable

from gateway.domain.canonical import JsonObject
from gateway.domain.dispositions import counts_as_done
from gateway.domain.manifest import Manifest
from gateway.domain.times import to_wire
from gateway.services.claims import outcomes
from gateway.services.dossier import Dossier

_SUMS = ("deliveries", "entries", "block", "unblock", "acknowledged", "declared_done", "unanswered")


def row(dossier: Dossier, manifest: Manifest, summary: JsonObject) -> JsonObject:
    """What a month says of one delivery; `summary` is its summary.json."""
    return {
        "delivery": str(manifest.delivery),
        "partner": manifest.partner,
        "basis": manifest.basis,
        "test": manifest.test,
        "block": manifest.block,
        "unblock": manifest.unblock,
        "released": to_wire(manifest.released),
        "sealed": to_wire(min((sealing.at for sealing in dossier.sealings), default=0)),
        "respond_within": manifest.respond_within,
        "summary": summary,
        "answers": _answers(dossier),
    }


def _answers(dossier: Dossier) -> list[list[str | int]]:
    """Of the outcomes that count, how many came in which moment of the gateway's clock."""
    received = {fact.digest: to_wire(fact.received) for fact in dossier.statements}
    counted = Counter(
        (received[one.statement], one.disposition, one.scope)
        for one in outcomes(dossier.statements).values()
    )
    return [[*said, n] for said, n in sorted(counted.items())]


def document(
    month: str, part: int, more: bool, rows: Iterable[JsonObject], unsealed: list[JsonObject]
) -> JsonObject:
    """month.json of one file; `more`: another part follows."""
    listed = list(rows)
    return {
        "v": 1,
        "typ": "month",
        "month": month,
        "part": part,
        "more": more,
        "deliveries": listed,
        "totals": _totals(listed),
        "unsealed": unsealed,
    }


def _totals(rows: list[JsonObject]) -> list[JsonObject]:
    """The sums of each partner, those of test batches apart."""
    groups: dict[tuple[str, bool], list[JsonObject]] = {}
    for one in rows:
        groups.setdefault((one["partner"], one["test"]), []).append(one)
    return [_total(groups[key]) for key in sorted(groups)]


def _total(group: list[JsonObject]) -> JsonObject:
    sums: Counter[str] = Counter()
    said: Counter[tuple[str, str]] = Counter()
    for one in group:
        told = one["summary"]
        sums.update(
            deliveries=1,
            entries=told["entries"],
            block=one["block"],
            unblock=one["unblock"],
            acknowledged=int("acknowledged" in told),
            declared_done=told["declared_done"],
            unanswered=told["unanswered"],
        )
        said.update({(code, scope): n for code, scope, n, _done in told["outcomes"]})
    found = [[code, scope, n, counts_as_done(code, scope)] for (code, scope), n in said.items()]
    return {
        "partner": group[0]["partner"],
        "basis": group[0]["basis"],
        "test": group[0]["test"],
        **{name: sums[name] for name in _SUMS},
        "outcomes": sorted(found),
    }
