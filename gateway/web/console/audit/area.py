"""The area `audit`: its pages, put together."""

from flask import Blueprint

from gateway.domain.accounts import Right
from gateway.web.console.audit.evidence import add_evidence
from gateway.web.console.audit.integrity import add_integrity
from gateway.web.console.audit.ledger import add_ledger
from gateway.web.console.audit.looks import add_looks
from gateway.web.console.audit.parts import AuditParts
from gateway.web.console.audit.subject import add_subject
from gateway.web.console.frame import Area, Frame, Link
from gateway.web.console.words import later


def audit_area(parts: AuditParts, frame: Frame) -> Area:
    """What can be proven, and who looked."""
    pages = Blueprint("audit", __name__, template_folder="templates")
    add_integrity(pages, parts)
    add_ledger(pages, parts, frame)
    add_evidence(pages, parts, frame)
    add_looks(pages, parts, frame)
    add_subject(pages, parts)
    return Area(
        pages,
        (
            Link(later("Evidence"), "audit.evidence", Right.EXPORT),
            Link(later("Audit"), "audit.index", Right.AUDIT),
        ),
    )
