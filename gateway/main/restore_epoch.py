"""The epoch of a restored home: what is known of the lost time, and who may open it.

A home is closed where `state/restored.json` names an epoch that still runs in the database, or
where the database lies behind its high-water file. Nothing but `palang epoch` works in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.backup_epoch import EpochInputs
from gateway.domain import fields
from gateway.domain.canonical import JsonObject, decode
from gateway.domain.epoch import (
    EpochDocument,
    HighWaterMark,
    Sighting,
    Source,
    read_document,
    read_high_water,
)
from gateway.domain.errors import Conflict, InputError, NotFound, NotVerified, PalangError
from gateway.domain.ids import is_partner_id
from gateway.domain.statements import Ack
from gateway.domain.times import DAY
from gateway.domain.trust import Owner, OwnerKind, Role
from gateway.main.backup_command_file import replace
from gateway.main.restore import MARK, SAVED_HIGH_WATER
from gateway.ports import Signatures, UnitOfWork
from gateway.services.epoch import Epochs, Opened
from gateway.services.epoch_draft import Evidence, sightings_of
from gateway.store.exchange.store import open_exchange
from gateway.store.heartbeats import SqlHeartbeats
from gateway.store.highwater import HighWaterFile
from keys.documents import Documents

if TYPE_CHECKING:
    from gateway.main.wiring import Gateway
    from gateway.services.approvals import Signatory

_MOST = 1 << 20  # bytes of a file that is handed in
_NEXT = (
    "palang epoch show, then two officers: palang epoch propose --officer ID --key FILE, then "
    "another one palang epoch open; see docs/operations.md"
)
_OPEN = (
    "palang epoch open --officer ID --key FILE, by another officer than the one who signed palang "
    "epoch propose; see docs/operations.md"
)


def refuse_closed(gateway: Gateway) -> None:
    """Raises Conflict where this home was restored and its new epoch is not open yet."""
    mark = _mark(gateway.settings.state_folder)
    if mark is None:
        return
    with gateway.store.read() as uow:
        epoch = uow.registry.gateway().epoch
    if epoch <= fields.whole(mark, "epoch"):
        raise Conflict(
            f"this home was restored from the backup of {fields.text(mark, 'made')}; epoch {epoch} "
            "is over, and no new one is open",
            hint=_OPEN if _proposed(gateway.settings.state_folder, epoch) else _NEXT,
        )


def _proposed(state: Path, running: int) -> EpochDocument | None:
    """What an officer signed as the epoch after the running one, the highest first."""
    for path in sorted(state.glob("epoch-*.json"), key=_number, reverse=True):
        document = read_document(path.read_bytes())
        if document.before == running:
            return document
    return None


def _mark(state: Path) -> JsonObject | None:
    path = state / MARK
    return decode(path.read_bytes(), what=str(path)) if path.is_file() else None


@dataclass(frozen=True)
class EpochActs:
    """What `palang epoch` does in one home."""

    gateway: Gateway

    @property
    def _epochs(self) -> Epochs:
        return Epochs(self.gateway.store, self.gateway.approvals, self.gateway.clock)

    @property
    def _state(self) -> Path:
        return self.gateway.settings.state_folder

    def draft(self, inputs: EpochInputs) -> EpochDocument:
        """What would be signed, with all that is known of the lost time.

        Raises Conflict where the running epoch is good: there is nothing to open.
        """
        self._refuse_healthy()
        return self._epochs.draft(self._evidence(inputs))

    def propose(self, document: EpochDocument, by: Signatory) -> Path:
        """Sign it, and keep it for the second officer. Raises as Epochs.propose."""
        path = self._state / f"epoch-{document.epoch}.json"
        self._epochs.propose(document, by)
        replace(path, document.to_bytes())
        return path

    def proposed(self) -> EpochDocument:
        """What the first officer signed. Raises NotFound."""
        with self.gateway.store.read() as uow:
            running = uow.registry.gateway().epoch
        if document := _proposed(self._state, running):
            return document
        raise NotFound(
            f"no officer has proposed an epoch after {running}",
            hint="palang epoch propose --officer ID --key FILE",
        )

    def open(self, document: EpochDocument, by: Signatory) -> Opened:
        """Sign it as the second officer, and open. Raises as Epochs.open."""
        path = self.gateway.settings.high_water_file
        if not path.exists():
            # before the epoch: a crash between the two leaves a file ahead, and nothing starts
            HighWaterFile(path).start(document.epoch)
        return self._epochs.open(document, by)

    def _refuse_healthy(self) -> None:
        if _mark(self._state) is not None:
            try:
                refuse_closed(self.gateway)
            except Conflict:
                return
        with self.gateway.store.read() as uow:
            epoch = uow.registry.gateway().epoch
            streams = [uow.deliveries.stream(p.id, epoch) for p in uow.registry.partners()]
            size = uow.log.size()
        try:
            HighWaterFile(self.gateway.settings.high_water_file).check(epoch, size, streams)
        except PalangError:
            return  # behind its file, or without it: that is what a new epoch is for
        raise Conflict(
            f"epoch {epoch} runs, and the database is as new as its high-water file",
            hint="a new epoch is for a restored database: palang restore",
        )

    def _evidence(self, inputs: EpochInputs) -> Evidence:
        mark = _mark(self._state)
        surviving = self._surviving(inputs.high_water, restored=mark is not None)
        found = {*_said(inputs.seen), *self._exchange()}
        saved = self._state / SAVED_HIGH_WATER
        if mark is not None and saved.is_file():
            found |= {*sightings_of(read_high_water(saved.read_bytes()), Source.BACKUP)}
        with self.gateway.store.read() as uow:
            found |= {_receipt(uow, Documents(), path) for path in inputs.receipts}
        return Evidence(
            backup=fields.text(mark, "backup") if mark else "",
            made=fields.text(mark, "made") if mark else "",
            surviving=surviving,
            sightings=tuple(sorted(found)),
            machines=self._machines(),
            epoch=inputs.epoch,
        )

    def _surviving(self, given: tuple[Path, ...], *, restored: bool) -> tuple[HighWaterMark, ...]:
        """The lost machines' files; where nothing was restored this one's lies in its own place."""
        own = self.gateway.settings.high_water_file
        here = () if restored or not own.is_file() else (own,)
        # a second copy of one file is no second machine's
        return tuple(dict.fromkeys(map(_mark_in, (*given, *here))))

    def _machines(self) -> int:
        """How many machines ran a worker in the last day that the database knows of."""
        beats = SqlHeartbeats(self.gateway.store).all()
        newest = max((beat.at for beat in beats), default=0)
        return max(1, len({beat.host for beat in beats if beat.at > newest - DAY}))

    def _exchange(self) -> Iterator[Sighting]:
        """What lies ready for partners that fetch: it may be newer than the restored database."""
        try:
            exchange = open_exchange(self.gateway.settings.exchange_url)
        except (NotFound, Conflict):
            return  # there is none, or it was not restored either
        try:
            with self.gateway.store.read() as uow:
                partners = [partner.id for partner in uow.registry.partners()]
            for partner in partners:
                for parcel in exchange.published(partner):
                    yield Sighting(partner, Source.EXCHANGE, parcel.epoch, parcel.sequence)
        finally:
            exchange.close()


def _mark_in(path: Path) -> HighWaterMark:
    """Raises InputError, saying what was expected."""
    try:
        return read_high_water(_read(path))
    except NotVerified as error:
        raise InputError(
            f"{path}: expected a high-water file: {error}",
            hint="it is state/high-water.json of a machine that ran a worker",
        ) from None


def _number(path: Path) -> int:
    digits = path.stem.removeprefix("epoch-")
    return int(digits) if digits.isdecimal() else 0


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST + 1)
    except OSError as error:
        raise InputError(
            f"{path} can't be read: {error.strerror}",
            hint="check the name and that this user may read it",
        ) from None
    if len(data) > _MOST:
        raise InputError(
            f"{path} is larger than {_MOST} bytes",
            hint="a high-water file or a receipt is small: check the name",
        )
    return data


def _said(texts: tuple[str, ...]) -> Iterator[Sighting]:
    """`PARTNER=EPOCH:SEQUENCE`, as a partner reads it from `palang-partner status`."""
    for text in texts:
        partner, _, rest = text.partition("=")
        epoch, _, sequence = rest.partition(":")
        if not (is_partner_id(partner) and epoch.isdecimal() and sequence.isdecimal()):
            raise InputError(
                "expected --seen PARTNER=EPOCH:SEQUENCE", hint="for example --seen opr-uji-a=1:50"
            )
        yield Sighting(partner, Source.SAID, int(epoch), int(sequence))


def _receipt(uow: UnitOfWork, signatures: Signatures, path: Path) -> Sighting:
    """A partner's signed acknowledgement, by a key that is pinned to it here."""
    data = _read(path).strip()
    gateway, trust = uow.registry.gateway().name, uow.registry.trust()
    for partner in uow.registry.partners():
        owner = Owner(OwnerKind.PARTNER, partner.id)
        try:
            # whether the key was valid then, nobody knows who lost the ledger of that time: it is
            # taken as of the newest moment at which one of its pins holds
            moments = [key.not_after - 1 for key in trust.of(owner)]
            signed = signatures.open_statement(
                data, owner, Role.STATEMENT, trust, max(moments, default=0), gateway
            )
        except NotVerified:
            continue
        if isinstance(signed.statement, Ack):
            about = signed.statement.about
            return Sighting(partner.id, Source.RECEIPT, about.epoch, about.sequence)
    raise NotVerified(
        "signature",
        f"{path} is no acknowledgement under a key that is pinned here",
        hint="take a .jws file that the partner's kit sent: palang-partner ack writes one",
    )
