"""Statements: signed JSON documents that are not parcels (design 8).

They never contain a phone number: they refer to entry numbers of a manifest (promise H). All share
`v, typ, iss, aud, at`; those about a parcel add `epoch, sequence, parcel, manifest`. A statement's
id is the digest of its signed bytes.
"""

from gateway.domain.statements.kinds import (
    CAPABILITIES,
    GATEWAY_KIND,
    OPTIONAL_FIELDS,
    ORIGINS,
    PARTNER_KINDS,
    About,
    Ack,
    Answer,
    Answers,
    Approval,
    Card,
    Confirmation,
    ConfirmRow,
    Consent,
    Head,
    Kind,
    Link,
    Nothing,
    Reason,
    Request,
    Statement,
    Withdrawal,
    header_typ,
)
from gateway.domain.statements.reading import read
from gateway.domain.statements.table import is_table, read_table
from gateway.domain.statements.writing import to_bytes

__all__ = [
    "CAPABILITIES",
    "GATEWAY_KIND",
    "OPTIONAL_FIELDS",
    "ORIGINS",
    "PARTNER_KINDS",
    "About",
    "Ack",
    "Answer",
    "Answers",
    "Approval",
    "Card",
    "ConfirmRow",
    "Confirmation",
    "Consent",
    "Head",
    "Kind",
    "Link",
    "Nothing",
    "Reason",
    "Request",
    "Statement",
    "Withdrawal",
    "header_typ",
    "is_table",
    "read",
    "read_table",
    "to_bytes",
]
