"""Meanings of the batches' errors: preparing, reviewing, the officers' words, stopping."""

from gateway.web.console.meanings.meaning import means

BATCHES = (
    means("There is no batch %(batch)s. Choose one from the list of batches.", "no batch {batch}"),
    means(
        "A batch is made of intakes: choose at least one, and at most as many as the list shows.",
        "a batch is made of one or more intakes",
        "a batch is made of 1 to {} intakes",
        "an intake is named by its number",
    ),
    means(
        "All accepted rows of these intakes are left out: a batch has them already, their sender "
        "corrected them, or their numbers were unblocked. Count the rows to see which, and "
        "choose other intakes.",
        "all accepted rows of these intakes are left out: {}",
    ),
    means(
        "These intakes ask to block and to unblock; a batch is one of the two. Choose which rows "
        "it takes, and prepare two batches.",
        "these intakes hold blocks and unblocks; a batch is one of the two",
    ),
    means(
        "These intakes ask to block and to unblock the same numbers. Ask the sources which of the "
        "two holds, and choose the other intakes meanwhile.",
        "intakes {} ask both to block and to unblock {} of their numbers: {}",
    ),
    means(
        "Some of the numbers were unblocked after their rows were accepted. Tick that such rows "
        "are left out; with new evidence they come in a new file.",
        "{} of the numbers were unblocked after their rows were accepted: {}",
    ),
    means(
        "No accepted row is there to make a batch of. The hold queue has what still waits for a "
        "decision.",
        "there is no accepted row to make a batch of",
    ),
    means(
        "Test numbers and real ones can't be in one batch. Choose intakes of one kind.",
        "test numbers and real ones can't be in one batch",
    ),
    means(
        "By the tables of today none of these numbers can be blocked: they are protected, or the "
        "numbering plan has no row for them. Look at the dated tables; what stands blocked is "
        "freed on the page Free numbers.",
        "by the tables of today none of the numbers can be blocked: {} are protected, {} have no "
        "row in the numbering plan",
    ),
    means(
        "No mandatory legal basis is in force today. Name one, or an administrator loads one on "
        "the page of the dated tables.",
        "table legal_bases {} has no mandatory basis in force on {}",
    ),
    means(
        "The sender corrected rows of this batch in a later intake. Stop the batch and prepare it "
        "anew: corrected rows are left out.",
        "batch {}: its sender corrected {} of its rows in intake {}: {}",
    ),
    means(
        "Numbers of this batch were unblocked after it was prepared. Stop it and prepare it anew, "
        "with the tick that leaves such rows out.",
        "batch {}: {} of its numbers were unblocked after it was prepared",
    ),
    means(
        "Entry %(entry)s of this batch is a protected number. Stop the batch and prepare it anew "
        "without it.",
        "batch {}: entry {entry} is a protected number (protected_numbers {})",
    ),
    means(
        "The numbering plan changed since this batch was prepared: an entry goes to another "
        "partner now. Stop the batch and prepare it anew.",
        "batch {}: entry {} was routed to {}, the numbering plan {} says otherwise",
    ),
    means(
        "No live partner may receive any entry of this batch. The review names why; the list of "
        "partners shows who is live.",
        "batch {}: no live partner may receive any of its entries",
    ),
    means(
        "The review of this batch changed after it was shown to you. Look at it again, then sign.",
        "batch {}: its review changed after it was shown",
    ),
    means(
        "Batch %(batch)s is in another state by now. Open its page again: it shows what comes "
        "next.",
        "batch {batch} is {}, expected {}",
        "batch {batch} is {}: its entries can't change",
    ),
    means(
        "What was submitted is no longer what would go out. Reopen the batch, review it and "
        "submit it again.",
        "batch {}: what was submitted is no longer what would go out; changed: {}",
    ),
    means(
        "Who submitted a batch can't endorse or release it too. Another live officer does, with a "
        "key of their own.",
        "batch {} was submitted by officer {}, who can't release it too",
        "batch {}: one key can't both submit and release",
        "batch {}: one key can't both submit and endorse",
    ),
    means(
        "The signature of the officer who submitted it counts no more. Reopen the batch and "
        "submit it again.",
        "batch {}: the signature of officer {} counts no more",
    ),
    means(
        "A guard lies above its threshold, and you endorsed the batch: a third officer releases "
        "it.",
        "batch {}: {}; officer {} endorsed it, a third releases it",
    ),
    means(
        "A guard lies above its threshold: a second officer endorses the batch with a reason, "
        "then a third releases it.",
        "batch {}: {}; a second officer endorses it, then a third releases it",
    ),
    means(
        "A reason was given for a guard that is not above its threshold any more. Open the page "
        "again: it asks for those that are.",
        "batch {}: no guard {} is above its threshold",
    ),
    means(
        "Each guard above its threshold needs the reference of the decision to go on. Fill in "
        "every one that the page asks for.",
        "batch {}: {}; no reason for {}",
    ),
    means(
        "The signatures of batch %(batch)s do not hold together, so nothing is signed or sent of "
        "it. Its page shows who signed what; stop it and prepare it anew.",
        "batch {batch} is not sealed: {}",
    ),
    means("Batch %(batch)s is stopped already.", "batch {batch} is stopped already"),
    means(
        "Batch %(batch)s is released: an approver stops it. Ask a colleague who may release, or "
        "stop its deliveries one by one.",
        "batch {batch} is released; an approver stops it",
    ),
    means(
        "Choose whether the numbers are freed or blocked again.",
        "choose whether the numbers are freed or blocked again",
    ),
    means(
        "No number of this kind is due for review. The page shows what is due.",
        "no {} number is due for review",
    ),
    means(
        "Every row of the file must name one number to free with certainty. Correct the rows that "
        "the service names, or try the file on the page of the intakes: its preview says why.",
        "{}: every row must name one number to free; {}",
    ),
)
"""In no order: no two of them fit one message."""
