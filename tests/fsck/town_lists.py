"""A source of the small gateway hands a list in, and an officer takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.domain.canonical import digest
from gateway.domain.ids import Envelope
from gateway.domain.parties import PartnerKind
from gateway.domain.records import InboundRecord
from gateway.domain.source_list import KIND, SourceList, pack
from gateway.domain.trust import Algorithm, Owner, OwnerKind, Role
from gateway.services.attempts import keep_event
from gateway.services.receiving import JudgeService
from gateway.services.source_inbox import SourceInbox, Wanted
from gateway.services.source_lists import ListReader
from keys import jwk
from keys.envelopes import EnvelopeSealer, open_sealed
from keys.files import Opener
from keys.generate import generate
from keys.jws import JoseSignatures
from keys.keyring import KeyOpeners
from tests.services.back.parts import FROM, GATEWAY, UNTIL

if TYPE_CHECKING:
    from tests.fsck.town import Town

ROWS = b"nomor hp;kategori;kanal\n0870-1111-2291;Penipuan;WhatsApp\n"


def hand_in(town: Town) -> None:
    """Signed, sealed, received, judged, taken."""
    source = town.partner("polri-uji", PartnerKind.SOURCE)
    private: Any = generate(Algorithm.ECDH_X25519)
    owner = Owner(OwnerKind.GATEWAY, GATEWAY)
    pin = jwk.pinned_key(private.public_key(), owner, Role.SEAL, FROM, UNTIL)
    town.pin(pin)
    now = town.clock.now()
    listed = SourceList(source.id, GATEWAY, now, 1, "daftar.csv", len(ROWS), digest(ROWS))
    head = listed.to_bytes()
    signature = JoseSignatures().sign_detached(head, KIND, source.signer)
    plain = pack(head, signature, listed.name, ROWS)
    body = EnvelopeSealer().seal(plain, Envelope.JOSE, pin)
    record = InboundRecord(0, source.id, "parcel", digest(body), body, now)
    with town.store.write(source.id) as uow:
        kept = uow.inbox.keep(record, keep_event(record))
        uow.commit("inbound.keep")
    openers = KeyOpeners(Opener(pin.kid, pin.alg, private))
    reader = ListReader(
        JoseSignatures(),
        lambda data, _partner, _at: open_sealed(data, openers, tuple(Envelope))[1],
    )
    parts = (town.store, town.clock, town.signatures, town.answers)
    JudgeService(*parts, lists=reader).judge(kept)
    SourceInbox(town.store, town.intakes, reader).take(1, Wanted("petugas"))
