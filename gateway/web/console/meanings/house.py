"""Meanings that every area may meet: who may, signatures, the database, addresses and forms."""

from gateway.web.console.meanings.meaning import means

HOUSE = (
    means(
        "Your role may not do this. Ask a colleague whose role may, or an administrator for "
        "another role.",
        "Your role may not do this.",
    ),
    means("The session has ended. Sign in, then do it again.", "The session has ended."),
    means(
        "A number in the address is too large. Go back to the list.",
        "A number in the address is too large.",
    ),
    means(
        "The form is not of this session, or it is older than the last sign-in. Open the page "
        "again and send it once more.",
        "The form is not of this session, or it is older than the last sign-in.",
    ),
    means(
        "The form was sent from another site. Open the console in a tab of its own and do it "
        "there.",
        "The form was sent from another site.",
    ),
    means(
        "There is no such guide. Choose one from the list of guides.",
        "There is no such guide.",
    ),
    means(
        "No signing key is kept for your account. Put your encrypted key file on the page of "
        "your account.",
        "no signing key is kept for this account, so it signs nothing here",
    ),
    means(
        "The passphrase does not open your key: nothing was signed. Type it again.",
        "the passphrase does not open your signing key",
        "the passphrase does not open {}",
        "{} needs its passphrase",
    ),
    means(
        "Too many wrong tries: the next one counts in %(seconds)s s.",
        "too many wrong tries: the next one counts in {seconds} s",
    ),
    means(
        "The officer of your account is not live, so the signature does not count. The page of "
        "the officers shows how each of them stands.",
        "officer {} is {}; only a live officer's signature counts",
    ),
    means(
        "You signed this decision already: another officer looks at it.",
        "officer {} has signed {} on {} already",
    ),
    means(
        "The signature is over something else than what is asked now. Open the page again and "
        "sign what it shows.",
        "officer {} signed a {}, no approval",
        "officer {} signed {} on {} over {}; {} on {} over {} is asked",
    ),
    means(
        "The key that signed does not count here: it is not pinned to whom it should be, has "
        "another role, was revoked, or is not valid at this time. The page of the partner's keys, "
        "or of the officers, shows how it stands.",
        "key {} is not pinned here",
        "key {} is not pinned to {}",
        "key {} is a {} key, not a {} key",
        "key {} was revoked at {}",
        "key {} is not valid at {}",
        "{} has no valid {} key{} at {}",
    ),
    means(
        "A reason of at least five characters is needed; it stands in the access log. Give the "
        "ticket or the letter that asks for it, without a phone number.",
        "a reason of at least five characters is needed: it is what the access log keeps",
    ),
    means("A day is wanted as YYYY-MM-DD: choose it in the calendar.", "expected a day as {}"),
    means(
        "A list can be taken away as CSV or XLSX. Use a link below the list.",
        "a list can be taken away as csv or xlsx",
    ),
    means(
        "The reference has 3 to 64 letters, digits and . _ / : - and begins with a letter; "
        "nothing in it looks like a phone number.",
        "{}: expected a reference, 3 to 64 characters of A-Z a-z 0-9 _ . / : - that begin with a "
        "letter, with nothing that looks like a phone or identity number",
    ),
    means(
        "This number can't be read as one phone number. Type one number alone, as 08..., 62... or "
        "+62..., as the source wrote it.",
        "expected one phone number, written +62..., 62... or 0...",
    ),
    means(
        "This file is not there. Its page says what became of it; ask for it again.",
        "this file is not there",
    ),
)
"""In no order: no two of them fit one message."""
