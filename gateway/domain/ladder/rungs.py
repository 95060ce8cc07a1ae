"""The rungs of the ladder, and its result as the document that the gateway signs."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gateway.domain import fields
from gateway.domain.canonical import Json, JsonObject, decode, encode
from gateway.domain.errors import NotVerified
from gateway.domain.times import Micros, to_wire

KIND = "ladder"
"""The document kind: the JWS header says palang-ladder+jws."""


class Rung(StrEnum):
    """In the order in which they are climbed; each stands on the ones before."""

    IDENTITY = "identity"
    LOGIN = "login"
    WRITE = "write"
    SAMPLE = "sample"
    ACKNOWLEDGE = "acknowledge"
    CONFIRM = "confirm"
    REFUSE = "refuse"
    DUPLICATE = "duplicate"
    GAP = "gap"
    ROTATION = "rotation"


MEANING = {
    Rung.IDENTITY: "the server's name and its TLS or SSH identity are the pinned ones",
    Rung.LOGIN: "the gateway may log in",
    Rung.WRITE: "a file is written, renamed and read back, or the service answers at its address",
    Rung.SAMPLE: "the one-time code of a sealed sample came back, signed",
    Rung.ACKNOWLEDGE: "the acknowledgement names parcel, manifest, sequence and checkpoint rightly",
    Rung.CONFIRM: "the confirmation answers every entry of the sample once, and no other",
    Rung.REFUSE: "every seeded bad parcel is refused",
    Rung.DUPLICATE: "the same parcel again is acknowledged again, and nothing is counted twice",
    Rung.GAP: "a missing sequence is asked for, and taken when it comes late",
    Rung.ROTATION: "a parcel to each seal key of the card is opened",
}

CAPABILITY = {
    Rung.ACKNOWLEDGE: "acknowledge",
    Rung.CONFIRM: "confirm",
    Rung.REFUSE: "refuse",
    Rung.DUPLICATE: "repeat",
    Rung.GAP: "request",
    Rung.ROTATION: "rotate",
}
"""What a card must say of a partner for silence to count as a failure of that rung."""

REQUIRED = frozenset(
    {Rung.IDENTITY, Rung.LOGIN, Rung.WRITE, Rung.SAMPLE, Rung.ACKNOWLEDGE, Rung.CONFIRM}
)
"""These must be passed; the others may be not run, as stock tools do not do them by themselves."""


class State(StrEnum):
    """`waiting`: nothing came yet, and the test can be continued."""

    PASSED = "passed"
    FAILED = "failed"
    WAITING = "waiting"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class RungResult:
    """What became of one rung; `cause` and `next` are for a person."""

    rung: Rung
    state: State
    cause: str = ""
    next: str = ""


@dataclass(frozen=True, slots=True)
class LadderResult:
    """One climb: with which card, when, every rung, and the digests of all that was exchanged.

    `required` are the rungs without which this partner does not go live.
    """

    gateway: str
    partner: str
    card: str
    at: Micros
    rungs: tuple[RungResult, ...]
    required: tuple[Rung, ...]
    seen: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether it bars nothing: all required rungs passed, and none of the others failed."""
        states = {one.rung: one.state for one in self.rungs}
        must = all(states.get(rung) is State.PASSED for rung in self.required)
        return must and all(s in (State.PASSED, State.NOT_RUN) for s in states.values())

    def to_bytes(self) -> bytes:
        """The payload that gets signed."""
        return encode(
            {
                "v": 1,
                "typ": KIND,
                "iss": self.gateway,
                "partner": self.partner,
                "card": self.card,
                "at": to_wire(self.at),
                "rungs": [_rung(one) for one in self.rungs],
                "required": [str(rung) for rung in self.required],
                "passed": self.passed,
                "seen": list(self.seen),
            }
        )


def _rung(one: RungResult) -> JsonObject:
    document: JsonObject = {"rung": str(one.rung), "state": str(one.state)}
    if one.cause:
        document["cause"] = one.cause
    if one.next:
        document["next"] = one.next
    return document


def read_result(payload: bytes) -> LadderResult:
    """Read a verified payload. Raises NotVerified: malformed, version."""
    document = decode(payload, what="a ladder's result")
    fields.version(document)
    fields.one_of(document, "typ", (KIND,))
    required = fields.texts(document, "required")
    if not set(required) <= set(Rung):
        raise NotVerified("malformed", "member 'required': expected rungs")
    result = LadderResult(
        gateway=fields.text(document, "iss", most=64),
        partner=fields.text(document, "partner", most=64),
        card=fields.sha256(document, "card"),
        at=fields.moment(document, "at"),
        rungs=fields.array(document, "rungs", _read_rung, most=len(Rung)),
        required=tuple(Rung(name) for name in required),
        seen=fields.texts(document, "seen", most=10_000),
    )
    if fields.boolean(document, "passed") != result.passed:
        raise NotVerified("malformed", "member 'passed' is not what the rungs say")
    return result


def _read_rung(item: Json) -> RungResult:
    if not isinstance(item, dict):
        raise NotVerified("malformed", "member 'rungs': expected objects")
    return RungResult(
        Rung(fields.one_of(item, "rung", tuple(Rung))),
        State(fields.one_of(item, "state", tuple(State))),
        fields.text(item, "cause") if "cause" in item else "",
        fields.text(item, "next") if "next" in item else "",
    )


def required_of(kind: str, *, answers: bool) -> tuple[Rung, ...]:
    """What a partner of this kind must pass; an OTT confirms only where its consent says so."""
    needed: Iterable[Rung] = (rung for rung in Rung if rung in REQUIRED)
    if kind == "ott" and not answers:
        needed = (rung for rung in needed if rung is not Rung.CONFIRM)
    return tuple(needed)


def told(result: LadderResult, only: Rung | None = None) -> list[str]:
    """The result for a person: each rung with its state, its cause and the next step."""
    lines = []
    for one in result.rungs:
        if only not in (None, one.rung):
            continue
        mark = " (required)" if one.rung in result.required else ""
        lines.append(f"{one.rung:<12} {one.state:<8} {MEANING[one.rung]}{mark}")
        lines += [f"{'':<12}   {one.cause}"] if one.cause else []
        lines += [f"{'':<12}   next: {one.next}"] if one.next else []
    return lines
