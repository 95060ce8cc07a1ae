"""Meanings of the partners' errors: card, approval, self-test, consent, keys."""

from gateway.web.console.meanings.meaning import means

PARTNERS = (
    means(
        "There is no partner %(partner)s. Choose one from the list of partners.",
        "no partner {partner}",
    ),
    means(
        "The short name has 2 to 31 characters of a-z, 0-9 and -, and begins with a letter.",
        "an id has 2 to 31 characters of a-z, 0-9 and -, and begins with a letter",
    ),
    means(
        "The file is larger than a signed statement can be. Choose the file that the partner's "
        "kit made.",
        "a signed statement of at most {} bytes is expected",
    ),
    means(
        "The fingerprint is compared by telephone before a card is signed. Call the partner, "
        "compare it, then tick the box.",
        "the fingerprint is compared by telephone before a card is signed",
    ),
    means(
        "The card did not come back whole from your browser. Import the file again.",
        "the card did not come back whole",
    ),
    means(
        "The fingerprint that you heard is another one than the card's: it is not the card that "
        "the partner holds. Sign nothing, and ask the partner for the file again.",
        "card of {}: its fingerprint is {}, another one was heard by telephone",
    ),
    means("Partner %(partner)s has no keys yet: import its card.", "partner {partner} has no keys"),
    means(
        "A key of this card is pinned to somebody else already, and every partner makes its own. "
        "Ask which of the two made this key.",
        "card of {}: key {} is pinned to {} already",
    ),
    means(
        "The card offers no envelope that this gateway seals in. Ask the partner to add one of "
        "those that the service names, and for a new card.",
        "card of {}: expected one of the envelopes {}, got {}",
    ),
    means(
        "Another card was proposed since this one was shown to you. Look at the card that waits "
        "now, and compare its fingerprint.",
        "partner {}: another card was proposed since this one was shown",
    ),
    means(
        "The card that is kept is not the one that was proposed. Sign nothing; tell the system "
        "administrator, and import the card again.",
        "partner {}: the kept card is not the one proposed",
    ),
    means(
        "Partner %(partner)s is closed for good. A partner that comes back takes another id.",
        "partner {partner} is closed for good",
    ),
    means(
        "This card is known already. Another officer approves it on the partner's page.",
        "partner {}: this card is known already",
    ),
    means(
        "A newer card of this partner rules already. Ask the partner for its newest card.",
        "partner {}: the card of {} rules; this one is of {}",
    ),
    means(
        "A new card changes channel and keys, never the kind of a partner or its test mark. "
        "Another kind of partner takes another id.",
        "partner {}: a new card changes channel and keys, never the kind or the test mark",
    ),
    means(
        "No card of this partner waits for approval. Import its card first.",
        "partner {}: no card waits for approval",
    ),
    means(
        "Who proposed a card can't approve it too. Another live officer approves it, after "
        "comparing the fingerprint by telephone.",
        "officer {} proposed partner {} and can't approve it",
    ),
    means(
        "The signature of the officer who proposed the card counts no more. Import the card and "
        "sign it again.",
        "partner {}: the proposer's signature counts no more",
    ),
    means(
        "The self-test was not climbed with this card yet. The page of the self-test says how; "
        "else give the reference of the decision to go without it, which is recorded.",
        "partner {}: no self-test ladder was climbed with this card",
    ),
    means(
        "The proposal was signed before the result of the self-test. The first officer looks at "
        "the result, then imports and signs the card again.",
        "partner {}: the proposal was signed before the ladder's result",
    ),
    means(
        "The self-test's result is of another card. It is climbed again with the card that waits.",
        "the ladder's result is of another card",
    ),
    means(
        "The self-test is not passed. The page of the self-test names the cause and the next step "
        "of each rung.",
        "partner {}: the ladder is not passed: {}",
    ),
    means(
        "The file is a signed statement, but no consent or withdrawal. Choose the file in which "
        "the partner gives its consent or ends it.",
        "partner {}: expected a consent or a withdrawal, got {}",
    ),
    means(
        "This consent has ended already. Ask the partner for a new one.",
        "partner {}: this consent ended at {}",
    ),
    means(
        "A newer consent of this partner is recorded already. Ask the partner to sign a new one.",
        "partner {}: a consent of {} is recorded, this one is of {}",
    ),
    means(
        "This consent begins later, and until then another one is recorded. Record it once it has "
        "begun, or record the withdrawal of the other one first.",
        "partner {}: this consent begins at {}, until then another one is recorded",
    ),
    means(
        "The consent that this withdrawal ends is not recorded here. The page shows those that "
        "are; ask the partner which one it means.",
        "partner {}: no consent {} is recorded",
    ),
    means(
        "What this partner gets rests on the law, not on consent: there is nothing to record.",
        "partner {} is an {}: what it gets rests on the law, not on consent",
    ),
    means(
        "Partner %(partner)s is not live. Another officer approves its card first.",
        "partner {partner} is {}, not live",
    ),
    means(
        "The stored consent is another one than was signed. Tell the system administrator, and "
        "look at the audit pages.",
        "the stored consent of {} is another statement",
    ),
)
"""In no order: no two of them fit one message."""
