"""Every GET page of the console with something real in it, read from the application itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.console_town import Town
from gateway.domain.accounts import RIGHTS
from gateway.web.console.access import Public, SignedIn, rules


@dataclass
class Asked:
    """A page, and by whom."""

    endpoint: str
    path: str
    token: str


def asked_pages(town: Town) -> Iterator[Asked]:
    """Every GET page with something real in it; downloads are streams and are left out."""
    people = {"preparer": town.siti, "approver": town.budi, "auditor": town.ratna}
    people["administrator"] = town.agus
    declared = rules(town.app)
    for route in sorted(town.app.url_map.iter_rules(), key=lambda one: one.rule):
        rule = declared[route.endpoint]
        if "GET" not in (route.methods or ()) or isinstance(rule, Public):
            continue
        if route.endpoint in _ONLY_AFTER:
            continue
        roles = [role for role in RIGHTS if isinstance(rule, SignedIn) or rule in RIGHTS[role]]
        who = town.ratna if route.endpoint == "cases.show" else people[str(roles[0])]
        for path in filled(town, route.endpoint, route.rule):
            yield Asked(route.endpoint, path, who.token)


def filled(town: Town, endpoint: str, rule: str) -> list[str]:
    """Its addresses; none where it is no page, or exists only while somebody works."""
    if endpoint == "holds.rule":
        return ["/holds/rule?intake=1&rule=letters"]
    if "<" not in rule:
        return [rule, *_FILTERED.get(endpoint, ())]
    newest = town.batch + town.size.batches - 1
    batch = newest if town.size.batches > 1 else town.batch
    name = f"{batch}.{town.partners[0]}.1"
    oldest = f"{town.batch + 1}.{town.partners[0]}.1"
    values = {
        "intake.detail": ["/intake/1", "/intake/1?outcome=held", "/intake/1?outcome=rejected"],
        "intake.rules": ["/intake/1/rules"],
        "batches.show": [f"/batches/{town.batch}", f"/batches/{batch}"],
        "batches.progress": [f"/batches/{batch}/progress"],
        "batches.entries": [f"/batches/{batch}/entries"],
        "deliveries.show": [f"/deliveries/{name}", f"/deliveries/{oldest}"],
        "deliveries.entries": [f"/deliveries/{name}/entries"],
        "partners.show": [f"/partners/{town.partners[0]}"],
        "partners.keys": [f"/partners/{town.partners[0]}/keys"],
        "partners.consent": [f"/partners/{town.partners[0]}/consent"],
        "partners.ladder": [f"/partners/{town.partners[0]}/test"],
        "partners.sheet": [f"/partners/{town.partners[0]}/sheet"],
        "holds.row": [f"/holds/row/{town.held}"] if town.held else [],
        "cases.show": [town.case] if town.case else [],
        "reports.report": [town.report] if town.report else [],
        "help.page": [f"/help/{guide}" for guide in ("officer", "operator", "ott", "auditor")],
        "admin.account": ["/admin/accounts/siti"],
        "admin.table": [town.table] if town.table else [],
    }
    return values.get(endpoint, [])


_ONLY_AFTER = {"signin.authenticator"}
"""Pages of a moment: what was asked for before is shown once."""
_FILTERED = {
    "deliveries.index": ["/deliveries?only=open", "/deliveries?only=late"],
    "intake.index": ["/intake?state=waiting"],
    "audit.ledger": ["/audit/ledger?event=batch.release", "/audit/ledger?delivery=none"],
    "holds.index": ["/holds?intake=1"],
}
