"""Meanings of the errors of cases, evidence, audit and reports."""

from gateway.web.console.meanings.meaning import means

EVIDENCE = (
    means(
        "This case is not open any more. Look the number up again; no address holds a number.",
        "this case is not open any more",
    ),
    means("Choose a kind of evidence: use one of the forms of the page.", "expected a kind of {}"),
    means(
        "An entry is named by its number in the manifest, from 1. The delivery's page lists its "
        "entries.",
        "an entry is named by its number in the manifest, from 1",
        "the slice has entries 1 to {}, not {}",
    ),
    means(
        "This number stands in no sealed slice, so nothing can be proven of it. A number that was "
        "held or rejected never left; look its story up as a case.",
        "this number stands in no sealed slice",
    ),
    means(
        "The bundle would be larger than verifiers read. Take one entry at a time.",
        "{}: the bundle would have {} bytes, verifiers read {}",
    ),
    means(
        "This delivery was never sealed: nothing of it left the house, so there is nothing to "
        "prove. Its page says why.",
        "delivery {} is {} {} and was never sealed: nothing of it left the house",
    ),
    means(
        "Officers' signed words about this batch are missing, so nothing can be proven of it. "
        "Tell the system administrator: the database is checked on the machine.",
        "batch {} lacks the signed words of {}: nothing can be proven of it",
    ),
    means(
        "The opening of a leaf of the ledger was purged: nothing can be shown of it. The "
        "retention page has the tombstone.",
        "the opening of leaf {} was purged: nothing can be shown of it",
    ),
    means(
        "No checkpoint is signed yet. Wait for the worker's next round, then ask again.",
        "no checkpoint is signed yet",
    ),
    means(
        "The ledger has no such leaf. Choose one from the list of the ledger.",
        "the ledger has no leaf {}",
        "the ledger has no full subtree {} at level {}",
        "no tile holds subtree {} of level {}",
    ),
    means(
        "A cut-off is the size of a signed checkpoint, and there is none of this size. Take one "
        "that an earlier bundle or report names, or the month as it stands now.",
        "no checkpoint of {} leaves was signed",
    ),
    means(
        "The period is not in its form. Choose a month as 2026-11 or a quarter as 2026-Q4.",
        "expected a {} written {}, got {}",
        "expected a month or a quarter",
    ),
    means(
        "The period %(period)s has not begun. Choose one that has; one that still runs gives "
        "provisional figures.",
        "{} {period} has not begun",
    ),
    means(
        "No report is recorded there. Choose one from the list of recorded reports.",
        "leaf {} records no report",
        "no cut-off at ledger size {} is recorded for {}",
    ),
    means(
        "Other figures come out of the rows now than were recorded. The recorded ones stand in "
        "the ledger; rows may have been purged since, or changed: tell the auditor and the system "
        "administrator.",
        "report {}: other figures come out of the rows now, in {}",
    ),
    means(
        "A report comes as PDF, XLSX or CSV. Use a link of the report's page.",
        "a report comes as pdf, xlsx or csv",
    ),
)
"""In no order: no two of them fit one message."""
