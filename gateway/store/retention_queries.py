"""What is asked of all deliveries, batches and intakes before a purge."""

from typing import Any

from sqlalchemy import Column, ColumnElement, Select, case, func, null, select

from gateway.domain.period_keys import HEAD
from gateway.store.tables.deliveries import DELIVERIES, MANIFESTS, SEALINGS, SLICES
from gateway.store.tables.inbox import CONFIRMATIONS, INBOUND
from gateway.store.tables.lists import BATCHES, ENTRIES, INTAKE_PAGES, INTAKES
from gateway.store.tables.registry import PARTNERS


def labels(column: Column[bytes]) -> ColumnElement[Any]:
    """The beginning of sealed content, in which its key is named; the content is not read."""
    return func.substr(column, 1, HEAD + 1)


_sealings = (
    select(
        SEALINGS.c.delivery,
        func.count().label("parcels"),
        func.sum(func.length(SEALINGS.c.parcel)).label("size"),
    )
    .where(func.length(SEALINGS.c.parcel) > 0)
    .group_by(SEALINGS.c.delivery)
    .subquery()
)
_answers = (
    select(CONFIRMATIONS.c.delivery, func.max(CONFIRMATIONS.c.received_at).label("at"))
    .group_by(CONFIRMATIONS.c.delivery)
    .subquery()
)
_reviews = (
    select(ENTRIES.c.batch, func.max(ENTRIES.c.review_date).label("until"))
    .group_by(ENTRIES.c.batch)
    .subquery()
)
_entries = func.coalesce(SLICES.c.blocks + SLICES.c.unblocks, 0)
DELIVERIES_OF = (
    select(
        DELIVERIES.c.id,
        DELIVERIES.c.batch,
        DELIVERIES.c.partner,
        PARTNERS.c.kind,
        DELIVERIES.c.state,
        DELIVERIES.c.conflict,
        DELIVERIES.c.manifest,
        _entries.label("entries"),
        case((func.length(MANIFESTS.c.salt) > 0, _entries), else_=0).label("proofs"),
        func.coalesce(_sealings.c.parcels, 0).label("parcels"),
        func.coalesce(_sealings.c.size, 0).label("size"),
        func.coalesce(_reviews.c.until, "").label("review_until"),
        DELIVERIES.c.acknowledged_at,
        _answers.c.at.label("answered_at"),
        BATCHES.c.released_at,
    )
    .join(PARTNERS, PARTNERS.c.id == DELIVERIES.c.partner)
    .join(BATCHES, BATCHES.c.id == DELIVERIES.c.batch)
    .outerjoin(MANIFESTS, MANIFESTS.c.delivery == DELIVERIES.c.id)
    .outerjoin(SLICES, SLICES.c.delivery_key == DELIVERIES.c.key)
    .outerjoin(_sealings, _sealings.c.delivery == DELIVERIES.c.id)
    .outerjoin(_answers, _answers.c.delivery == DELIVERIES.c.id)
    .outerjoin(_reviews, _reviews.c.batch == DELIVERIES.c.batch)
    .order_by(DELIVERIES.c.batch, DELIVERIES.c.id)
)

_counted = select(func.count()).where(ENTRIES.c.batch == BATCHES.c.id).scalar_subquery()
NUMBERED = select(
    BATCHES.c.id,
    BATCHES.c.state,
    BATCHES.c.review,
    BATCHES.c.created_at,
    BATCHES.c.released_at,
    _counted.label("numbers"),
).order_by(BATCHES.c.id)

_LISTS = INBOUND.c.kind == "parcel"
_THERE = func.length(BATCHES.c.salt) > 0
HEADS: tuple[tuple[str, Select[Any]], ...] = (
    ("delivery", select(MANIFESTS.c.delivery, null(), labels(MANIFESTS.c.salt))),
    ("parcel", select(SEALINGS.c.delivery, null(), labels(SEALINGS.c.parcel))),
    ("batch", select(BATCHES.c.id, BATCHES.c.created_at, labels(BATCHES.c.salt)).where(_THERE)),
    ("received", select(INBOUND.c.digest, null(), labels(INBOUND.c.body)).where(_LISTS)),
    ("intake", select(INTAKE_PAGES.c.intake, null(), labels(INTAKE_PAGES.c.page))),
    ("intake", select(INTAKES.c.id, INTAKES.c.added_at, null()).where(INTAKES.c.state != "purged")),
)
"""By kind of subject: its name, when it began, the beginning of its content."""
