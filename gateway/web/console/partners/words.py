"""Codes of partners in the words of their pages."""

import re

from gateway.domain.errors import NotVerified
from gateway.domain.ladder.rungs import Rung, State
from gateway.domain.parties import Standing
from gateway.domain.rotation import Phase
from gateway.domain.times import duration
from gateway.domain.trust import Role
from gateway.services.partner_story import Stand, Step
from gateway.web.console.formats import span
from gateway.web.console.words import later, say

STANDINGS = {
    Standing.PROPOSED: (later("Proposed"), "warn"),
    Standing.LIVE: (later("Live"), "good"),
    Standing.CLOSED: (later("Closed"), ""),
}
HEALTH = {
    "good": (later("reachable"), "good"),
    "waiting": (later("deliveries wait"), "info"),
    "failing": (later("failing"), "bad"),
    "silent": (later("no contact yet"), ""),
}
ROLES = {
    Role.STATEMENT: later("signs receipts and confirmations"),
    Role.SEAL: later("opens what is sealed to it"),
    Role.REQUEST: later("signs requests"),
    Role.MANIFEST: later("signs each delivery"),
    Role.CHECKPOINT: later("signs the ledger's head"),
    Role.APPROVAL: later("signs officers' acts"),
}
PHASES = {
    Phase.PROPOSED: (later("proposed"), ""),
    Phase.ANNOUNCED: (later("announced, begins later"), "info"),
    Phase.OVERLAP: (later("beside the old one, not confirmed yet"), "warn"),
    Phase.CONFIRMED: (later("in use"), "good"),
    Phase.RETIRED: (later("ended"), ""),
    Phase.REVOKED: (later("revoked"), "bad"),
}
STANDS = {
    Stand.DONE: (later("done"), "good"),
    Stand.NOW: (later("next"), "info"),
    Stand.OPEN: (later("not yet"), ""),
    Stand.FAILED: (later("failed"), "bad"),
    Stand.NOT_NEEDED: (later("not needed"), ""),
}
STEPS = {
    Step.IMPORTED: (
        later("Card imported"),
        later("The partner sends the file card.jws by any way; import it here."),
    ),
    Step.COMPARED: (
        later("Declared compared by telephone"),
        later(
            "Call the partner at a number you knew before and compare the card's fingerprint; what "
            "makes the card theirs is what they read out."
        ),
    ),
    Step.PROPOSED: (
        later("Proposed by a first officer"),
        later("The first officer signs the card's digest."),
    ),
    Step.TESTED: (
        later("Self-test passed"),
        later("The ladder runs on the gateway's machine, with its keys; its result is shown here."),
    ),
    Step.SIGNED_AGAIN: (
        later("Signed again after the test"),
        later("The first officer looks at the result and imports and signs the same card again."),
    ),
    Step.APPROVED: (
        later("Approved by a second officer"),
        later("Another officer compares the fingerprint by telephone too, then signs."),
    ),
    Step.LIVE: (later("Live"), later("Its share of a released batch is sent from now on.")),
    Step.CONSENTED: (
        later("Consent given"),
        later("It comes in the partner's card, over its channel, or as a file given to you."),
    ),
}
RUNGS = {
    Rung.IDENTITY: later("the server's name and its TLS or SSH identity are the pinned ones"),
    Rung.LOGIN: later("the gateway may log in"),
    Rung.WRITE: later("a file is written, renamed and read back, or the service answers"),
    Rung.SAMPLE: later("the one-time code of a sealed sample came back, signed"),
    Rung.ACKNOWLEDGE: later("the acknowledgement names parcel, manifest, sequence and checkpoint"),
    Rung.CONFIRM: later("the confirmation answers every entry of the sample once, and no other"),
    Rung.REFUSE: later("every seeded bad parcel is refused"),
    Rung.DUPLICATE: later("the same parcel again changes nothing"),
    Rung.GAP: later("a missing sequence is asked for, and taken when it comes late"),
    Rung.ROTATION: later("a parcel to each seal key of the card is opened"),
}
RUNG_STATES = {
    State.PASSED: (later("passed"), "good"),
    State.FAILED: (later("failed"), "bad"),
    State.WAITING: (later("waiting for the partner"), "warn"),
    State.NOT_RUN: (later("not run"), ""),
}
CHANGES = {
    "organisation": later("organisation"),
    "kind": later("kind"),
    "contacts": later("contacts"),
    "channel": later("channel"),
    "reply": later("reply channel"),
    "identity of its server": later("identity of its server"),
    "envelopes": later("envelopes"),
    "test": later("test partner"),
    "does without a person": later("does without a person"),
    "consent": later("consent"),
}
DONE = {
    "proposed": later("The card is proposed under your signature. Another officer approves it."),
    "approved": later("The partner is live under your signature, and its keys are pinned."),
    "consent": later("The consent is recorded under the partner's own signature."),
    "withdrawn": later("The withdrawal is recorded: no new delivery to this partner begins."),
}
ANSWERS = {
    "none": later("gives no answers about entries"),
    "aggregate": later("answers in totals"),
    "per-entry": later("answers for each entry"),
}
ORIGINS = {"domestic": later("Indonesian numbers"), "foreign": later("foreign numbers")}
_SECRET = re.compile(r"(//[^/@:\s]*):[^/@\s]*@")


def standing(value: Standing) -> str:
    """A standing's words."""
    return say(STANDINGS[value][0])


def standing_tone(value: Standing) -> str:
    """A standing's tone."""
    return STANDINGS[value][1]


def role(value: Role) -> str:
    """What a key is used for."""
    return say(ROLES[value])


def change(what: str) -> str:
    """What of a card changes."""
    if what.endswith(" key"):
        return say("key: %(role)s", role=what.removesuffix(" key"))
    return say(CHANGES[what]) if what in CHANGES else what


def channel(uri: str) -> str:
    """A channel's address; a password that stands in one is not shown."""
    return _SECRET.sub(r"\1:•••@", uri)


CAN = {
    "acknowledge": later("acknowledges"),
    "refuse": later("refuses what is wrong"),
    "confirm": later("confirms"),
    "repeat": later("takes a repetition once"),
    "request": later("asks for what it missed"),
    "rotate": later("changes keys"),
}
"""What a card says that a partner does without a person."""


def iso_span(text: str) -> str:
    """An ISO 8601 duration in words; as it is where it is none."""
    try:
        return span(duration(text))
    except NotVerified:
        return text
