"""A simulated partner: takes real parcels, answers them as people and machines do, and worse.

It verifies what it takes as the kit does, so that whatever false it says it says on purpose. What
it said is written to simulate.log, one JSON object a line, with the fault or "" for a true answer:
a test holds what a gateway counted against it. It enforces nothing and keeps no lists.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateway.domain import entries as csv
from gateway.domain import statements
from gateway.domain.canonical import digest
from gateway.domain.dispositions import DISPOSITIONS
from gateway.domain.errors import InputError
from gateway.domain.parcel import MAX_PARCEL
from gateway.domain.statements import About, Ack, Confirmation, ConfirmRow
from gateway.domain.times import SECOND, Micros, to_wire
from gateway.domain.trust import Algorithm
from gateway.ports import Signer
from keys.generate import generate
from keys.jws import JoseSignatures
from keys.raw import PrivateSigner
from partner import files
from partner.faults import HARMLESS, OTT_OUTCOMES, OUTCOMES, Fault, Faults
from partner.inbox import waiting
from partner.kit import Kit
from partner.messages import is_message
from partner.opening import Opened
from partner.refusal import ParcelRefused
from partner.retired import retired_signer

LOG = "simulate.log"
_GARBAGE = 512  # bytes
_REORDER = 3 * SECOND


@dataclass(frozen=True, slots=True)
class Utterance:
    """Bytes on their way out: when, about which delivery, with which fault."""

    due: Micros
    data: bytes
    kind: str
    delivery: str
    fault: str

    @property
    def name(self) -> str:
        """Its file in outbox/."""
        return digest(self.data).removeprefix("sha256:") + ".jws"


@dataclass
class Simulator:
    """One partner. `round` is what the loop repeats."""

    kit: Kit
    faults: Faults
    dice: random.Random = field(init=False)
    _waiting: list[Utterance] = field(default_factory=list)
    _told: set[tuple[str, str]] = field(default_factory=set)
    _forger: Signer = field(init=False)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.faults.seed)  # noqa: S311  the same faults each time
        private = generate(Algorithm.ED25519)
        self._forger = PrivateSigner(private)  # type: ignore[arg-type]  # a signing key

    def round(self) -> int:
        """Take what lies in inbox/, say what is due; returns how many statements went out."""
        for path in waiting(self.kit):
            if not is_message(path.name):
                self._take(files.read(path, MAX_PARCEL + 1))
            # A crash before leaves the parcel: it is taken again, and answered again.
            path.unlink(missing_ok=True)
            path.with_name(path.name + ".sha256").unlink(missing_ok=True)
        now = self.kit.clock.now()
        due = [one for one in self._waiting if one.due <= now]
        self._waiting = [one for one in self._waiting if one.due > now]
        for one in due:
            self._say(one)
        return len(due)

    def _take(self, data: bytes) -> None:
        at = self.kit.clock.now()
        try:
            opened = self.kit.reader().open(data, at)
        except ParcelRefused as refused:
            about = About(0, 0, digest(data), "")
            me = self.kit.identity
            ack = Ack(me.id, me.gateway, at, about, "negative", refused.code)
            self._waiting.append(self._signed(ack, "", self.kit.signer(at), ""))
            return
        self._waiting += self._answers(opened, at)

    def _answers(self, opened: Opened, at: Micros) -> list[Utterance]:
        """A receipt and a confirmation, each with its own fault."""
        said = [
            *self._with_fault(self._ack(opened, at), opened),
            *self._with_fault(self._confirmation(opened, at), opened),
        ]
        if any(one.fault == Fault.REORDER for one in said):
            late = {"ack": _REORDER}  # the confirmation comes before the receipt
            return [replace(one, due=one.due + late.get(one.kind, 0)) for one in said]
        return said

    def _ack(self, opened: Opened, at: Micros) -> Ack:
        me, note = self.kit.identity, digest(opened.manifest.checkpoint.encode())
        return Ack(me.id, me.gateway, at, _about(opened), "positive", None, note)

    def _confirmation(self, opened: Opened, at: Micros) -> Confirmation:
        me, delivery = self.kit.identity, str(opened.manifest.delivery)
        rows = tuple(
            ConfirmRow(row.entry, *self._outcome(row.action), to_wire(at))
            for row in csv.iterate(opened.contents.entries)
        )
        return Confirmation(me.id, me.gateway, at, _about(opened), delivery, 1, rows)

    def _outcome(self, action: str) -> tuple[str, str]:
        if action in (csv.UNBLOCK, csv.DELISTED):
            return "dibuka", ""
        own = OTT_OUTCOMES if self.kit.identity.basis == "voluntary" else OUTCOMES
        weights = self.faults.outcomes or own
        (code,) = self.dice.choices(list(weights), list(weights.values()))
        return code, "total" if DISPOSITIONS[code].needs_scope else ""

    def _with_fault(self, true: Ack | Confirmation, opened: Opened) -> Iterator[Utterance]:
        """The statement as it leaves. A parcel that comes again was not answered well before:
        then the partner repents, by its share, and says the truth."""
        key = (opened.digest, str(true.kind))
        again = key in self._told
        self._told.add(key)
        fault = self.faults.draw(self.dice)
        if again and self.dice.random() < self.faults.repents:
            fault = None
        delivery, honest = str(opened.manifest.delivery), self.kit.signer(true.at)
        if fault in (Fault.SILENT, Fault.LOST_REPLY):
            return
        if fault is None or fault in HARMLESS:
            yield from self._true(self._signed(true, delivery, honest, fault or ""), fault)
        elif fault is Fault.GARBAGE:
            rubbish = self.dice.randbytes(_GARBAGE)
            yield Utterance(true.at, rubbish, str(true.kind), delivery, fault)
        elif fault is Fault.WRONG_KEY:
            yield self._signed(true, delivery, self._forger, fault)
        elif fault is Fault.RETIRED_KEY:
            signer = retired_signer(self.kit.home, true.at) or self._forger
            yield self._signed(true, delivery, signer, fault)
        else:
            yield self._signed(_false(true, fault, opened), delivery, honest, fault)

    def _true(self, one: Utterance, fault: Fault | None) -> Iterator[Utterance]:
        wait = self.faults.delay.draw(self.dice)
        if fault is Fault.SLOW:
            wait += self.faults.delay.draw(self.dice) + SECOND
        yield replace(one, due=one.due + wait)
        if fault is Fault.DUPLICATE:
            yield replace(one, due=one.due + 2 * wait + SECOND)

    def _signed(
        self, statement: Ack | Confirmation, delivery: str, signer: Signer, fault: str
    ) -> Utterance:
        payload = statements.to_bytes(statement)
        data = JoseSignatures().sign(payload, statement.kind, signer)
        return Utterance(statement.at, data, str(statement.kind), delivery, fault)

    def _say(self, one: Utterance) -> None:
        log: dict[str, object] = {
            "statement": digest(one.data),
            "kind": one.kind,
            "delivery": one.delivery,
            "fault": one.fault,
        }
        _append(self.kit.home / LOG, json.dumps(log) + "\n")
        # A crash here leaves a line of what was never said: the log claims too much, never less.
        files.replace(
            self.kit.settings.path("outbox") / one.name, one.data, "simulate.say", mode=0o644
        )


def _about(opened: Opened) -> About:
    head = opened.manifest
    return About(head.epoch, head.sequence, opened.parcel, opened.digest)


def _false(true: Ack | Confirmation, fault: Fault, opened: Opened) -> Ack | Confirmation:
    """What is not so: another digest, another parcel's receipt, or entries that were never sent."""
    if fault is Fault.WRONG_DIGEST:
        return replace(true, about=replace(true.about, manifest=digest(true.about.parcel.encode())))
    if isinstance(true, Ack):
        return replace(true, about=replace(true.about, sequence=true.about.sequence + 1))
    beyond = ConfirmRow(opened.entries + 1, "diblokir_total", "total", to_wire(true.at))
    return replace(true, rows=(*true.rows, beyond))


def _append(path: Path, line: str) -> None:
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(line)
    except OSError as error:
        raise InputError(f"{path} can't be written: {error.strerror}") from None
