"""What a partner's words make of each rung. Pure: parcels sent and words heard in, results out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from gateway.domain.dispositions import answers
from gateway.domain.fingerprints import phone_text
from gateway.domain.ladder.rungs import CAPABILITY, MEANING, Rung, RungResult, State
from gateway.domain.ladder.samples import BAD, WRONG, Variant
from gateway.domain.statements import Ack, Confirmation, Request, Statement

CODE = 19  # characters of the one-time code: four groups of four with a space between


@dataclass(frozen=True, slots=True)
class Sent:
    """A parcel of the ladder as sealed. `manifest` and `parcel` are digests, `note` that of the
    checkpoint in it, `kid` the seal key that it was sealed to."""

    variant: Variant
    epoch: int
    sequence: int
    delivery: str
    manifest: str
    parcel: str
    note: str
    count: int
    kid: str
    data: bytes

    @property
    def code(self) -> str:
        """The one-time code: nobody knows the manifest's digest who has not opened the parcel, and
        an acknowledgement must name it."""
        return phone_text(self.manifest)[:CODE]


@dataclass(frozen=True, slots=True)
class Word:
    """A statement as it came; where it does not hold, `statement` is None and `wrong` says why.

    `fetched` is the digest of the parcel that a request at the listener got, "" for a statement
    that was handed in.
    """

    digest: str
    statement: Statement | None
    wrong: str = ""
    fetched: str = ""


@dataclass(frozen=True, slots=True)
class Climb:
    """What the partner's card promises, and how far the climb has come.

    `confirms`: its entries are to be answered. `kids` are the seal keys on its card. `pulls`: it
    fetches from the listener, so nothing can be handed to it twice.
    """

    capabilities: frozenset[str]
    kids: tuple[str, ...]
    confirms: bool
    sent: Sequence[Sent]
    words: Sequence[Word]
    pulls: bool = False

    def of(self, variant: Variant) -> list[Sent]:
        """The parcels of this kind, in order."""
        return [one for one in self.sent if one.variant is variant]

    def acks(self, sent: Sent, result: str = "") -> list[Ack]:
        """Acknowledgements of this very parcel, each time that one came."""
        found = [word.statement for word in self.words]
        acks = [one for one in found if isinstance(one, Ack) and one.about.parcel == sent.parcel]
        return [ack for ack in acks if not result or ack.result == result]

    def confirmations(self, sent: Sent) -> list[Confirmation]:
        """Confirmations of this manifest."""
        found = (word.statement for word in self.words)
        return [
            one
            for one in found
            if isinstance(one, Confirmation) and one.about.manifest == sent.manifest
        ]

    def asked(self, sent: Sent) -> bool:
        """Whether a request covers the sequence of this parcel. A fetch does only where it got a
        later one: until then there was no gap."""
        later = {one.parcel for one in self.sent if one.sequence > sent.sequence}
        return any(
            isinstance(word.statement, Request)
            and word.statement.epoch == sent.epoch
            and word.statement.since <= sent.sequence
            and (not word.fetched or word.fetched in later)
            for word in self.words
        )

    def claims(self, rung: Rung) -> bool:
        """Whether the card says that the partner does this without a person, and it can here."""
        if self.pulls and rung is Rung.DUPLICATE:
            return False
        return CAPABILITY.get(rung, "") in self.capabilities


def judge(climb: Climb) -> tuple[RungResult, ...]:
    """The rungs from the sample up."""
    sample = climb.of(Variant.SAMPLE)
    if not sample:
        return tuple(_not_run(rung, "no sample was sent") for rung in _JUDGES)
    return tuple(_judged(climb, sample[0], rung) for rung in _JUDGES)


def _judged(climb: Climb, sample: Sent, rung: Rung) -> RungResult:
    return _JUDGES[rung](climb, sample) or _silent(climb, rung)


def _silent(climb: Climb, rung: Rung) -> RungResult:
    """Nothing that decides came: a partner that does it by hand may still do it."""
    if climb.pulls and rung is Rung.DUPLICATE:
        return _not_run(rung, "a partner that pulls is handed nothing twice: it asks by sequence")
    if rung in CAPABILITY and not climb.claims(rung):
        why = f"the card does not say that the partner does this without a person: {MEANING[rung]}"
        return _not_run(rung, why)
    unverified = [word.wrong for word in climb.words if word.wrong]
    if unverified:
        cause = f"a statement came that does not hold: {unverified[-1]}"
        return _failed(rung, cause, "the partner signs with the statement key that is on its card")
    return RungResult(
        rung,
        State.WAITING,
        f"nothing came yet that shows that {MEANING[rung]}",
        "the partner takes the parcel and answers (palang-partner run); then run this test again",
    )


def _sample(climb: Climb, sample: Sent) -> RungResult | None:
    refused = climb.acks(sample, "negative")
    if any(ack.about.manifest == sample.manifest for ack in climb.acks(sample, "positive")):
        return RungResult(Rung.SAMPLE, State.PASSED, f"code {sample.code} came back")
    if climb.acks(sample, "positive"):
        return _failed(
            Rung.SAMPLE,
            "an acknowledgement came with another code than the one that was sent",
            "the acknowledgement names the SHA-256 of manifest.json as it lies in the parcel",
        )
    if refused:
        return _failed(
            Rung.SAMPLE,
            f"the partner refused the sample: {refused[-1].reason}",
            "palang-partner status at the partner names the check that did not hold",
        )
    return None


def _acknowledge(climb: Climb, sample: Sent) -> RungResult | None:
    acks = climb.acks(sample, "positive")
    if not acks:
        return None
    wrong = list(_differences(acks[-1], sample))
    if wrong:
        return _failed(
            Rung.ACKNOWLEDGE, "; ".join(wrong), "copy these members from the parcel's manifest"
        )
    return RungResult(Rung.ACKNOWLEDGE, State.PASSED)


def _differences(ack: Ack, sample: Sent) -> Iterator[str]:
    pairs = (
        ("manifest", sample.manifest, ack.about.manifest),
        ("epoch", str(sample.epoch), str(ack.about.epoch)),
        ("sequence", str(sample.sequence), str(ack.about.sequence)),
        ("checkpoint", sample.note, ack.checkpoint or sample.note),
    )
    for name, expected, came in pairs:
        if expected != came:
            yield f"{name}: expected {expected}, got {came}"


def _confirm(climb: Climb, sample: Sent) -> RungResult | None:
    if not climb.confirms:
        return _not_run(Rung.CONFIRM, "the consent promises no answer per entry")
    said = climb.confirmations(sample)
    if not said:
        return None
    entries = {row.entry for one in said for row in one.rows}
    strange = sorted(entry for entry in entries if not 1 <= entry <= sample.count)
    if strange or any(one.delivery != sample.delivery for one in said):
        return _failed(
            Rung.CONFIRM,
            f"entries that are not in the sample (1 to {sample.count}), or another delivery",
            "a confirmation refers to the entry numbers of entries.csv, never to row numbers",
        )
    rows = [row for one in said for row in one.rows]
    if not all(answers(row.disposition, row.entry == sample.count) for row in rows):
        return _failed(
            Rung.CONFIRM,
            "a disposition of a block answers an unblock, or the other way round",
            f"entries 1 to {sample.count - 1} are blocks, entry {sample.count} is an unblock",
        )
    if clash := _clash(said):
        return _failed(Rung.CONFIRM, clash, "a changed outcome takes the next revision")
    if len(entries) < sample.count:
        return None
    return RungResult(Rung.CONFIRM, State.PASSED, f"{sample.count} of {sample.count} entries")


def _clash(said: Sequence[Confirmation]) -> str:
    seen: dict[int, Confirmation] = {}
    for one in said:
        before = seen.setdefault(one.revision, one)
        if before.rows != one.rows:
            return f"revision {one.revision} came with two contents"
    return ""


def _refuse(climb: Climb, _sample: Sent) -> RungResult | None:
    bad = [sent for variant in BAD for sent in climb.of(variant)]
    taken = [sent for sent in bad if climb.acks(sent, "positive")]
    if taken:
        what = ", ".join(WRONG[sent.variant] for sent in taken)
        return _failed(
            Rung.REFUSE,
            f"the partner acknowledged a parcel with {what}",
            "run every check of docs/partner-kit.md before acknowledging; nothing else protects "
            "subscribers here",
        )
    if bad and all(climb.acks(sent, "negative") for sent in bad):
        return RungResult(Rung.REFUSE, State.PASSED, f"{len(bad)} of {len(bad)} refused")
    return None


def _duplicate(climb: Climb, sample: Sent) -> RungResult | None:
    if clash := _clash(climb.confirmations(sample)):
        return _failed(
            Rung.DUPLICATE, clash, "the same parcel again is the same delivery: answer the same"
        )
    if climb.of(Variant.AGAIN) and len(climb.acks(sample, "positive")) > 1:
        return RungResult(Rung.DUPLICATE, State.PASSED)
    return None


def _gap(climb: Climb, _sample: Sent) -> RungResult | None:
    early, late = climb.of(Variant.EARLY), climb.of(Variant.LATE)
    for sent in (*early, *late):
        if refused := climb.acks(sent, "negative"):
            return _failed(
                Rung.GAP,
                f"sequence {sent.sequence} was refused: {refused[-1].reason}",
                "a newer parcel is taken at once; what is missing is asked for, and taken late",
            )
    taken = early and all(climb.acks(sent, "positive") for sent in (*early, *late))
    if taken and climb.asked(late[0]):
        return RungResult(Rung.GAP, State.PASSED)
    return None


def _rotation(climb: Climb, _sample: Sent) -> RungResult | None:
    if len(climb.kids) < 2:
        return RungResult(
            Rung.ROTATION,
            State.NOT_RUN,
            "the card brings one seal key",
            "to drill it: palang-partner card --new-keys 7, then propose that card",
        )
    sent = climb.of(Variant.KEY)
    for one in sent:
        if refused := climb.acks(one, "negative"):
            return _failed(
                Rung.ROTATION,
                f"a parcel to key {one.kid} was refused: {refused[-1].reason}",
                "the partner keeps every private key whose public half is on its card",
            )
    if sent and all(climb.acks(one, "positive") for one in sent):
        return RungResult(Rung.ROTATION, State.PASSED, f"{len(sent)} keys")
    return None


def _failed(rung: Rung, cause: str, then: str) -> RungResult:
    return RungResult(rung, State.FAILED, cause, then)


def _not_run(rung: Rung, cause: str) -> RungResult:
    return RungResult(rung, State.NOT_RUN, cause)


_JUDGES: dict[Rung, Callable[[Climb, Sent], RungResult | None]] = {
    Rung.SAMPLE: _sample,
    Rung.ACKNOWLEDGE: _acknowledge,
    Rung.CONFIRM: _confirm,
    Rung.REFUSE: _refuse,
    Rung.DUPLICATE: _duplicate,
    Rung.GAP: _gap,
    Rung.ROTATION: _rotation,
}
