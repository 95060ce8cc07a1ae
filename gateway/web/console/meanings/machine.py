"""Meanings of what the machine below has to do with: database, keys of the months, worker."""

from gateway.web.console.meanings.meaning import means, rest

MACHINE = (
    means(
        "The connection to the database was lost while it stored this: it may have happened or "
        "not. Look at how it stands now before you repeat it.",
        "{}: the database went away during the commit, it may have happened or not",
    ),
    means(
        "Somebody else was writing to the database. Try again in a moment.",
        "{}: another process holds the database ({})",
        "{}: the database went away, nothing was changed",
    ),
    means(
        "The database refused it: it is there already, may not change, or belongs to something "
        "that is not there. Open the page again and look at how it stands now.",
        "{}: the row breaks a rule of the database ({}): it is there already, may not change, or "
        "belongs to something that is not there",
    ),
    means(
        "The ledger or the database can't be written. Try again; tell the system administrator if "
        "it stays so.",
        "the ledger entry can't be written ({}), so nothing was changed",
        "{}: the database can't be used ({}), so nothing was changed",
        "the ledger's head row is missing",
    ),
    means(
        "The key of the month under which this content is stored is not on the machine. Tell the "
        "system administrator: the folder of period keys comes back from its copy.",
        "the period key {} of {} is not here",
        "the period key {} is not here",
        "{} is open to others",
        "{} can't be read: {}",
        "the secret of periods does not open {}, or the file is damaged",
        "content of {} is not what was sealed there",
        "expected content under a period key, it has another form",
        "there is no file {}",
        "{} can't be written: {}",
        "the keys of {} were destroyed",
    ),
    rest(
        "The key of the month under which this content is stored is not on the machine. Tell the "
        "system administrator: the folder of period keys comes back from its copy.",
        "{} is damaged",
    ),
    means(
        "This content was purged under the retention policy. What was signed of it still stands: "
        "the retention page has the tombstone.",
        "{}: purged with the key of {}, {}",
        "{} with the period key of their month; a newer database has the tombstone",
        "{} on {} by officer {}, under retention policy {} ({})",
    ),
    means(
        "The worker did not sign the ledger's newest head in time: it is not running, or can't "
        "sign. Tell the system administrator, then ask again.",
        "no checkpoint over {} entries of the ledger came within {} s: the worker is not running, "
        "or can't sign",
        "{}: its ledger entries grow faster than they can be signed",
    ),
    means(
        "What is kept for this account was not encrypted under this console's secret. Tell the "
        "system administrator, who brings the secret back from its copy.",
        "what is kept for {} was not encrypted under this console's secret",
    ),
    means(
        "A table of rules is not loaded, or lacks a row that is needed. An administrator loads it "
        "on the page of the dated tables.",
        "no table of {} is loaded",
        "expected the tables numbering_plan and protected_numbers, missing: {}",
        "table terms {} has no row {}",
        "expected one code for {} in {} {}",
    ),
)
"""Only the `rest` among them may fit what another one fits."""
