"""Who and by what rules: gateway, officers, partners, keys, consents, dated tables, approvals."""

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, bindparam, func, select

from gateway.domain import statements
from gateway.domain.consent import ConsentRecord
from gateway.domain.dated import Activation
from gateway.domain.errors import Conflict, NotFound
from gateway.domain.ids import Envelope
from gateway.domain.parties import Officer, Partner, PartnerKind, Standing
from gateway.domain.records import ApprovalRecord, GatewayState, ReferenceTable
from gateway.domain.times import Micros
from gateway.domain.trust import Algorithm, Owner, OwnerKind, PinnedKey, Role, Trust
from gateway.store.db import Db, plain
from gateway.store.tables.registry import (
    ACTIVATIONS,
    APPROVALS,
    CONSENTS,
    GATEWAY,
    KEYS,
    OFFICERS,
    PARTNERS,
    REFERENCE_TABLES,
)

_GATEWAY = select(GATEWAY)
_PARTNER = select(PARTNERS).where(PARTNERS.c.id == bindparam("partner"))
_KEYS = select(KEYS).order_by(KEYS.c.not_before, KEYS.c.kid)
_OFFICER = select(OFFICERS).where(OFFICERS.c.id == bindparam("officer"))
_APPROVALS = (
    select(APPROVALS).where(APPROVALS.c.subject == bindparam("subject")).order_by(APPROVALS.c.key)
)
_TABLE, _ACTIVE = REFERENCE_TABLES.c, ACTIVATIONS.c
_ACTIVATED = (
    select(_ACTIVE.version)
    .where(_ACTIVE.kind == bindparam("kind"), _ACTIVE.begins <= bindparam("at"))
    .order_by(_ACTIVE.begins.desc(), _ACTIVE.id.desc())
    .limit(1)
    .scalar_subquery()
)
_RULING = (
    select(REFERENCE_TABLES)
    .where(_TABLE.kind == bindparam("kind"))
    .where(_TABLE.version == func.coalesce(_ACTIVATED, _TABLE.version))
    .order_by(_TABLE.key)
    .limit(1)
)


class SqlRegistry:
    """ports.Registry over the tables."""

    def __init__(self, db: Db) -> None:
        self._db = db

    def gateway(self) -> GatewayState:
        """Raises NotFound before `palang init`."""
        row = self._db.kept(GATEWAY, _GATEWAY)
        if row is None:
            raise NotFound("this gateway has no name yet", hint="run palang init first")
        return GatewayState(row.name, row.origin, row.epoch, row.initialised_at)

    def trust(self) -> Trust:
        """All pinned public keys. Raises NotFound before `palang init`."""
        rows = self._db.rows(_KEYS)
        return _trust(self.gateway().name, tuple(map(tuple, rows)))

    def officer(self, officer: str) -> Officer:
        """Raises NotFound."""
        row = self._db.first(_OFFICER, officer=officer)
        if row is None:
            raise NotFound(f"no officer {officer}", hint="palang officer list shows all")
        return to_officer(row)

    def officers(self) -> tuple[Officer, ...]:
        """All, by id."""
        return tuple(map(to_officer, self._db.rows(select(OFFICERS).order_by(OFFICERS.c.id))))

    def partner(self, partner: str) -> Partner:
        """Raises NotFound."""
        row = self._db.kept(PARTNERS, _PARTNER, partner=partner)
        if row is None:
            raise NotFound(f"no partner {partner}", hint="palang partner list shows all")
        return to_partner(row)

    def partners(self) -> tuple[Partner, ...]:
        """All, by id."""
        return tuple(map(to_partner, self._db.rows(select(PARTNERS).order_by(PARTNERS.c.id))))

    def consents(self, partner: str) -> tuple[ConsentRecord, ...]:
        """All that were ever given, oldest first. In a writer they are locked until this unit ends:
        a withdrawal and an attempt under it come one after the other."""
        wanted = select(CONSENTS).where(CONSENTS.c.partner == partner)
        wanted = self._db.lock(wanted.order_by(CONSENTS.c.given_at, CONSENTS.c.digest))
        rows = self._db.rows(wanted)
        return tuple(map(to_consent, rows))

    def reference(self, kind: str, at: Micros) -> ReferenceTable:
        """The version that rules at `at`: the last one activated until then, else the one loaded
        first. Raises NotFound."""
        row = self._db.first(_RULING, kind=kind, at=at)
        if row is None:
            raise NotFound(f"no table of {kind} is loaded", hint="run palang init first")
        return to_reference(row)

    def references(self) -> tuple[ReferenceTable, ...]:
        """All versions of all dated tables, by kind in the order in which they were loaded."""
        order = (REFERENCE_TABLES.c.kind, REFERENCE_TABLES.c.key)
        return tuple(map(to_reference, self._db.rows(select(REFERENCE_TABLES).order_by(*order))))

    def activations(self) -> tuple[Activation, ...]:
        """All activations, oldest decision first."""
        rows = self._db.rows(select(ACTIVATIONS).order_by(ACTIVATIONS.c.id))
        return tuple(Activation(row.kind, row.version, row.begins, row.at) for row in rows)

    def approvals(self, subject: str) -> tuple[ApprovalRecord, ...]:
        """All over a subject, oldest first."""
        return tuple(map(to_approval, self._db.rows(_APPROVALS, subject=subject)))


def to_officer(row: Row[Any]) -> Officer:
    """The officer of a row."""
    return Officer(row.id, row.name, row.kid, row.enrolled_at, Standing(row.standing))


def to_partner(row: Row[Any]) -> Partner:
    """The partner of a row."""
    typed = {
        "kind": PartnerKind(row.kind),
        "envelope": Envelope(row.envelope),
        "standing": Standing(row.standing),
    }
    return Partner(**(dict(row._mapping) | typed))


@lru_cache(maxsize=4)
def _trust(gateway: str, rows: tuple[tuple[Any, ...], ...]) -> Trust:
    """Keys are read at each use and change seldom: the same rows are the same object."""
    return Trust(gateway, map(to_key, rows))


def to_key(row: tuple[Any, ...]) -> PinnedKey:
    """The pinned key of a row."""
    columns = dict(zip(KEYS.c.keys(), row, strict=True))
    kind, owner = columns.pop("owner_kind"), columns.pop("owner")
    typed = {"role": Role(columns["role"]), "alg": Algorithm(columns["alg"])}
    return PinnedKey(owner=Owner(OwnerKind(kind), owner), **(columns | typed))


def key_row(key: PinnedKey) -> dict[str, Any]:
    """The columns of a pinned key."""
    owner = {"owner_kind": key.owner.kind.value, "owner": key.owner.id}
    return plain(key) | owner


def to_consent(row: Row[Any]) -> ConsentRecord:
    """The consent of a row; its terms are read from the statement's own payload."""
    terms = statements.read(row.terms, statements.Kind.CONSENT)
    if not isinstance(terms, statements.Consent):
        raise Conflict(f"the stored consent of {row.partner} is another statement")
    return ConsentRecord(row.partner, row.digest, terms, row.withdrawn_at, row.ended_at)


def consent_row(record: ConsentRecord) -> dict[str, Any]:
    """The columns of a consent."""
    terms = {"given_at": record.terms.at, "terms": statements.to_bytes(record.terms)}
    return plain(record) | terms


def to_reference(row: Row[Any]) -> ReferenceTable:
    """The dated table of a row."""
    columns = tuple(json.loads(row.column_names))
    return ReferenceTable(row.kind, row.version, row.source, row.digest, columns, _cells(row.cells))


@lru_cache(32)
def _cells(text: str) -> tuple[tuple[str, ...], ...]:
    """A version never changes, and is asked for with every page and every file."""
    return tuple(tuple(line) for line in json.loads(text))


def to_approval(row: Row[Any]) -> ApprovalRecord:
    """The approval of a row."""
    return ApprovalRecord(row.act, row.subject, row.digest, row.officer, row.kid, row.jws, row.at)


def _save_reference(db: Db, table: ReferenceTable) -> None:
    """A version never changes; the same one again is left where it stands in the order."""
    same = (REFERENCE_TABLES.c.kind == table.kind) & (REFERENCE_TABLES.c.version == table.version)
    row = db.first(select(REFERENCE_TABLES).where(same))
    if row is None:
        head = {"kind": table.kind, "version": table.version, "source": table.source}
        columns, cells = json.dumps(table.columns), json.dumps(table.rows)
        body = {"digest": table.digest, "column_names": columns, "cells": cells}
        db.insert(REFERENCE_TABLES, head | body)
    elif to_reference(row) != table:
        raise Conflict(
            f"version {table.version} of {table.kind} is loaded with other content",
            hint="give the changed table a new version",
        )


SAVE: dict[type, Callable[[Db, Any], object]] = {
    GatewayState: lambda db, state: db.put(GATEWAY, {"id": 1} | plain(state)),
    Officer: lambda db, officer: db.put(OFFICERS, plain(officer)),
    Partner: lambda db, partner: db.put(PARTNERS, plain(partner)),
    PinnedKey: lambda db, key: db.put(KEYS, key_row(key)),
    ConsentRecord: lambda db, record: db.put(CONSENTS, consent_row(record)),
    ReferenceTable: _save_reference,
    Activation: lambda db, activation: db.insert(ACTIVATIONS, plain(activation)),
    ApprovalRecord: lambda db, record: db.insert(APPROVALS, plain(record)),
}
"""How the aggregates of this noun are written."""
