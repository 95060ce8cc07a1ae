"""Meanings of the intake's errors: handing in, counting, correcting, lists that sources sent."""

from gateway.web.console.meanings.meaning import means

INTAKE = (
    means(
        "This very file is intake %(intake)s already: each file is taken in once.",
        "this file is intake {intake} already",
        "this file is intake {intake} already, added {} from {}",
    ),
    means(
        "There is no intake %(intake)s. Choose one from the list of intakes.",
        "there is no intake {intake}",
    ),
    means(
        "The category or the channel is in no list. Choose one from the list.",
        "category {} is in no list",
        "channel {} is in no list",
    ),
    means(
        "The evidence date is a day that has been, as YYYY-MM-DD.",
        "evidence date: expected YYYY-MM-DD, not after {}",
    ),
    means(
        "Give the number of the intake that this file corrects; it stands in the list.",
        "expected the number of the intake that this file corrects",
    ),
    means(
        "The rows of this file are marked as those of intake %(intake)s. Give that one as the "
        "intake that it corrects.",
        "the rows of this file are marked as those of intake {intake}, not {}",
    ),
    means(
        "The file has rows of several intakes. Hand in the corrected rows of each returned file "
        "in a file of their own.",
        "expected rows of one intake, {} has marks of {}",
    ),
    means(
        "No sheet of this file is one of the intake that it corrects, so none of its rows can be "
        "matched. Name the sheets as they were, or correct the file that is returned on the page "
        "of that intake.",
        "no sheet of {} is one of intake {}, so none of its rows can be matched",
    ),
    means(
        "The mark of a row is not as Palang wrote it. Copy that cell from the returned file; in a "
        "new row leave it empty.",
        "row {} of {}: {}",
        "expected the mark in column “{}” as Palang wrote it",
    ),
    means(
        "The intake that this file corrects is of the source %(source)s. Choose that source, or "
        "look whose file it is.",
        "intake {} is of source {source}, this file was given as {}'s",
    ),
    means(
        "This step is not here any more: it waits for an hour, and a restart ends it. Nothing was "
        "stored; begin again from the list.",
        "this step is not here any more: it waits for an hour, and a restart ends it",
        "this intake was swept as abandoned",
    ),
    means(
        "The rows are not counted yet. Wait for the count, then confirm.",
        "the rows of this file are not counted yet",
    ),
    means(
        "This file is being taken in already. Look at the list of intakes.",
        "this file is being taken in already",
    ),
    means(
        "Stopped as you asked: nothing was stored.", "stopped before its end: nothing was stored"
    ),
    means(
        "There is no such list. The page shows what sources handed in.",
        "there is no list {}",
    ),
    means(
        "This list is wanted already: the worker takes it.",
        "list {} is wanted already",
        "the console holds no seal key",
    ),
    means("It is intake %(intake)s already.", "list {} is intake {intake} already"),
    means(
        "Intake %(intake)s has this file already, so there is nothing to do.",
        "the file of list {}, received {}, is a duplicate: intake {intake} has it",
    ),
    means(
        "The list is not what the source signed, or was not meant for this gateway. Ask the "
        "source for a new one.",
        "the kept parcel is not the one that was recorded",
        "a source's parcel has at most {} bytes",
        "the list names another issuer than its signer",
        "the list is addressed to another gateway",
        "the file has another name or size than was signed",
        "the file is not the one that was signed",
        "partner {} hands in no lists",
        "this list was handed in before, in another envelope",
        "serial {} is not above {}",
        "a word of the list is not in table {}",
        "the evidence date lies in the future",
        "a list has at most {} bytes",
    ),
)
"""In no order: no two of them fit one message."""
