"""What stands around a report's figures, as it was at the cut-off: who reports, about whom, on what
legal basis, and who gets a copy. Names change; a report keeps those of its day."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gateway.domain.canonical import JsonObject
from gateway.domain.parties import PartnerKind
from gateway.domain.periods import Period, PeriodKind
from gateway.domain.records import ReferenceTable
from gateway.domain.times import Micros, to_wib
from gateway.ports import UnitOfWork

COPY, ADDRESSEE = "copy", "addressee"
"""Kinds of rows of the table of terms that name who gets a report."""

_APPLIES = {PeriodKind.MONTH: "report_month", PeriodKind.QUARTER: "report_quarter"}


@dataclass(frozen=True, slots=True)
class Frame:
    """`partners` are (id, kind, name); of OTTs the name is left out, no report shows one.

    `terms` and `bases` name the versions of the tables that ruled.
    """

    gateway: str
    partners: tuple[tuple[str, str, str], ...]
    addressees: tuple[str, ...]
    copies: tuple[str, ...]
    citations: tuple[str, ...]
    terms: str
    bases: str

    def document(self) -> JsonObject:
        """As the ledger keeps it."""
        return {
            "gateway": self.gateway,
            "partners": [list(partner) for partner in self.partners],
            "addressees": list(self.addressees),
            "copies": list(self.copies),
            "citations": list(self.citations),
            "terms": self.terms,
            "bases": self.bases,
        }

    @classmethod
    def read(cls, document: dict[str, Any]) -> "Frame":
        """The frame of a kept document."""
        lists = ("addressees", "copies", "citations")
        return cls(
            gateway=document["gateway"],
            partners=tuple((a, b, c) for a, b, c in document["partners"]),
            **{name: tuple(document[name]) for name in lists},
            terms=document["terms"],
            bases=document["bases"],
        )

    def name(self, partner: str) -> str:
        """The partner's name then; its id where it had none."""
        return next((name for one, _, name in self.partners if one == partner and name), partner)


def kinds_of(frame: Frame) -> dict[str, PartnerKind]:
    """Each partner's kind."""
    return {partner: PartnerKind(kind) for partner, kind, _ in frame.partners}


def read_frame(uow: UnitOfWork, period: Period, at: Micros) -> Frame:
    """The frame as of now. Raises NotFound where a table is missing."""
    terms = uow.registry.reference("terms", at)
    bases = uow.registry.reference("legal_bases", at)
    applies = _APPLIES[period.kind]
    named = [row for row in _rows(terms) if row["applies_to"] == applies]
    return Frame(
        gateway=uow.registry.gateway().name,
        partners=tuple(
            (one.id, str(one.kind), one.name if one.kind is PartnerKind.OPERATOR else "")
            for one in uow.registry.partners()
        ),
        addressees=tuple(row["text_id"] for row in named if row["kind"] == ADDRESSEE),
        copies=tuple(row["text_id"] for row in named if row["kind"] == COPY),
        citations=tuple(row["citation"] for row in _rows(bases) if _in_force(row, at)),
        terms=terms.version,
        bases=bases.version,
    )


def _rows(table: ReferenceTable) -> Iterator[dict[str, str]]:
    return (dict(zip(table.columns, row, strict=True)) for row in table.rows)


def _in_force(row: dict[str, str], at: Micros) -> bool:
    """What obliges operators on the day of the cut-off."""
    day = to_wib(at).date().isoformat()
    ends = row["valid_to"]
    return row["basis"] == "mandatory" and row["valid_from"] <= day and (not ends or day <= ends)
