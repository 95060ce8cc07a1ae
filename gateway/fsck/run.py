"""One run: what is opened, which checks run, in which order."""

from collections.abc import Callable
from contextlib import ExitStack, closing

from gateway.domain.errors import InputError
from gateway.domain.ledger import read_checkpoint
from gateway.domain.times import Micros
from gateway.fsck import highwater, schema, trust
from gateway.fsck.aggregates import check_dangling, check_subjects
from gateway.fsck.approvals import check_approvals, check_four_eyes
from gateway.fsck.batches import check_batches, check_unreleased
from gateway.fsck.case import Case, Kept, Progress, Verifiers
from gateway.fsck.consents import check_attempts
from gateway.fsck.copies import anchor_heads, check_copies
from gateway.fsck.deliveries import check_deliveries, check_parcels
from gateway.fsck.exchange import check_exchange
from gateway.fsck.facts import Facts
from gateway.fsck.founded import check_founded
from gateway.fsck.guards import check_guards
from gateway.fsck.inbound import check_inbound
from gateway.fsck.intake_digests import check_profiles
from gateway.fsck.intakes import check_intakes
from gateway.fsck.ladder import check_ladder
from gateway.fsck.outgoing import check_outgoing
from gateway.fsck.registry import (
    check_activations,
    check_consents,
    check_gateway,
    check_officers,
    check_partners,
    check_tables,
)
from gateway.fsck.report import Report
from gateway.fsck.resolutions import check_resolutions
from gateway.fsck.retention import check_purged_keys, check_tombstones
from gateway.fsck.rotation import check_rotations
from gateway.fsck.sequences import check_manifest_of_rows, check_sequences
from gateway.fsck.slices import check_slices
from gateway.fsck.source_lists import check_source_lists
from gateway.fsck.sql import one, open_database
from gateway.fsck.staff import check_staff
from gateway.fsck.statements import check_nothings
from gateway.fsck.tree import check_index, check_leaves, check_nodes

Check = Callable[[Case], None]


def _four_eyes(case: Case) -> None:
    words = check_approvals(case)
    check_four_eyes(case, words)
    check_rotations(case, words)


CHECKS: tuple[tuple[str, Check], ...] = (
    ("guards", check_guards),
    ("ledger", check_leaves),
    ("tree", check_nodes),
    ("index", check_index),
    ("what the ledger names", check_subjects),
    ("rows that rows name", check_dangling),
    ("tombstones", check_tombstones),
    ("gateway", check_gateway),
    ("keys", trust.check_keys),
    ("dated tables", check_tables),
    ("activations", check_activations),
    ("officers", check_officers),
    ("partners", check_partners),
    ("consents", check_consents),
    ("approvals", _four_eyes),
    ("intakes", check_intakes),
    ("profiles of sources", check_profiles),
    ("resolutions", check_resolutions),
    ("batches", check_batches),
    ("founded entries", check_founded),
    ("released deliveries", check_unreleased),
    ("deliveries", check_deliveries),
    ("parcels", check_parcels),
    ("received", check_inbound),
    ("nothing to report", check_nothings),
    ("lists of sources", check_source_lists),
    ("ladders", check_ladder),
    ("accounts", check_staff),
    ("sequences", check_sequences),
    ("manifests", check_manifest_of_rows),
    ("slices", check_slices),
    ("purged with a key", check_purged_keys),
    ("consent at attempts", check_attempts),
    ("said by the gateway", check_outgoing),
    ("high water", highwater.check_high_water),
    ("partners' copies", check_copies),
    ("exchange store", check_exchange),
)
"""Every check, in order; the ledger early, since the others look its events up."""


def prove(url: str, verify: Verifiers, kept: Kept, progress: Progress) -> Report:
    """Prove the promises over the database of `url` and what was kept outside it.

    Raises InputError where the database can't be read, or the trust file is another gateway's.
    """
    report = Report()
    with ExitStack() as stack:
        # What follows the core is looked at before it: a worker that goes on meanwhile is then no
        # finding, since the core's view has all that the older views show.
        high_water = highwater.read(kept.high_water)
        exchange = stack.enter_context(open_database(kept.exchange)) if kept.exchange else None
        core = stack.enter_context(open_database(url))
        facts = stack.enter_context(closing(Facts()))
        if schema.check_core(core, report):
            case = Case(core, facts, report, verify, kept, progress)
            case.high_water, case.exchange = high_water, exchange
            if _known(case):
                _run(case)
        else:
            report.notes.append("the rest was not looked at: the database itself is not sound")
    return report


def _known(case: Case) -> bool:
    """Read whose database it is; whether a key of its own is pinned."""
    row = one(case.core, "SELECT name, origin FROM gateway")
    if row is None:
        raise InputError(f"{case.core.name}: no gateway is recorded", hint="run palang init first")
    case.gateway, case.origin = str(row[0]), str(row[1])
    case.report.pinned = trust.load(case)
    return case.report.pinned


def _run(case: Case) -> None:
    anchor_checkpoints(case)
    anchor_heads(case)
    for name, check in CHECKS:
        case.progress(name, 0)
        try:
            check(case)
        except (
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            IndexError,
            OverflowError,
        ) as error:
            # a value that no part of the gateway writes; which one, the other findings say
            kind = type(error).__name__
            case.found("row-unreadable", f"the check of {name}", "values that can be read", kind)


def anchor_checkpoints(case: Case) -> None:
    """Verify every stored or kept checkpoint; its head is then compared with the tree."""
    rows = case.core.stream("SELECT size, note, at FROM checkpoints ORDER BY key")
    latest = 0
    for size, note, at in case.counted("checkpoints", rows):
        _anchor(case, f"the checkpoint of {size} leaves", note, at, size)
        latest = at
    for name, note in case.kept.notes.items():
        _anchor(case, f"the kept checkpoint {name}", note, latest, None)


def _anchor(case: Case, about: str, note: str, at: Micros, size: int | None) -> None:
    verified = case.holds(
        "checkpoint-signature",
        about,
        "a note signed by the gateway's checkpoint key",
        lambda: case.verify.notes.verify(note, case.gateway, case.own, case.trust, at),
    )
    if verified is None:
        return
    head = case.holds("checkpoint-signature", about, "a head", lambda: read_checkpoint(verified[0]))
    if head is None:
        return
    told = (case.origin, head.size if size is None else size)
    case.differs("checkpoint-signature", about, "origin and size", told, (head.origin, head.size))
    case.facts.anchor(head.size, head.root, about)
