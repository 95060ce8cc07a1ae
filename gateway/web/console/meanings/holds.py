"""Meanings of the hold queue's errors: the choice about held rows, and its signatures."""

from gateway.web.console.meanings.meaning import means

HOLDS = (
    means(
        "There is no such held row. The list shows what waits.",
        "there is no such held row",
        "no held row {}",
    ),
    means(
        "This account holds no officer's key, and a decision is an officer's signature.",
        "this account holds no officer's key, and a decision is an officer's signature",
    ),
    means(
        "The rows changed after they were shown. Look at them again and decide anew.",
        "intake {}: its held rows changed after they were shown",
    ),
    means(
        "This decision waits for nobody any more: it is final or was replaced. The list shows what "
        "waits.",
        "intake {} has no one resolution of this digest",
        "intake {}: this resolution waits for nobody, it is final or was replaced",
    ),
    means(
        "The sender corrected this row meanwhile: the newer row counts.",
        "the sender corrected rows of this resolution in intake {}: {}",
        "the sender corrected row {} in intake {}",
    ),
    means("Choose what the row is.", "expected a reject, or an accept with one of {}"),
    means(
        "Tick rows, or decide all rows of one rule, not both.",
        "name rows, or one rule, and not both",
    ),
    means("No row is held by this rule. The list shows what waits.", "no rule {} holds rows"),
    means(
        "No row of intake %(intake)s is held by this rule any more. The list shows what waits.",
        "intake {intake} has no open row that {} holds",
    ),
    means("A number is typed for one row. Decide the rows one by one.", "a number is typed for {}"),
    means("Choose a reason that fits: one to accept, or one to reject.", "{} is no reason to {}"),
    means(
        "Some of these rows are not held any more. Look at the list again and choose anew.",
        "not held: {}",
    ),
    means(
        "A batch has this row: what was decided of it stands.",
        "row {} is in a batch: what was decided of it stands",
    ),
    means(
        "These rows do not say what they ask. Reject them; the sender corrects them.",
        "what these rows ask, or who may see them, is not known: {}",
    ),
    means("The same number was typed twice. Type each one once.", "the same number was typed {}"),
    means(
        "Rows with several numbers are decided one by one: %(rows)s.",
        "rows with several numbers are taken one by one: {rows}",
    ),
    means(
        "These rows do not propose exactly one number: %(rows)s. Decide them one by one.",
        "these rows do not have exactly one proposed number: {rows}",
    ),
    means(
        "These rows do not propose several numbers: %(rows)s. Decide them one by one.",
        "these rows do not have a proposed split: {rows}",
    ),
    means(
        "A released batch asked the same for this number: reject it as asked before.",
        "a released batch asked the same for the number of {}",
    ),
    means(
        "What was decided of held rows is not what was signed. Nothing more is signed on top: tell "
        "the system administrator to keep the database as evidence.",
        "intake {}: what was decided of its held rows is not what was signed",
    ),
    means(
        "What was typed can't be taken: %(rule)s. Type the number in full.",
        "expected one number, what was typed is {} by the rule {rule}: {}",
        "expected a number without doubt, what was typed is read by the rule {rule}",
    ),
)
"""In no order: no two of them fit one message."""
