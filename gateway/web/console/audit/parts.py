"""What the pages of the audit are given."""

from dataclasses import dataclass

from gateway.services.access import AccessLog
from gateway.services.audit_log import AuditLog
from gateway.services.consistency import Consistency
from gateway.services.data_subject import DataSubject
from gateway.services.evidence import EvidenceService


@dataclass(frozen=True, slots=True)
class AuditParts:
    """`evidence` and `log` sign no head: the worker does, when it is asked."""

    log: AuditLog
    consistency: Consistency
    evidence: EvidenceService
    access: AccessLog
    subjects: DataSubject
