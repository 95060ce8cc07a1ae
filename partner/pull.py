"""A channel that is pulled: parcels, answers and heads are fetched from the gateway's listener.

    POST <url>/statements     a statement of ours, kept there until it is judged
    POST <url>/lists          a source's sealed list, likewise
    POST <url>/answers        what the gateway says: answers and heads
    POST <url>/consistency    a proof that the ledger only grew
    POST <url>/parcels        which parcels lie ready
    POST <url>/parcels/next   the first of them from a sequence on

Every request is a signed `request` with a nonce of its own: it counts once, and near its time.
"""

import re
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.domain import statements
from gateway.domain.canonical import JsonObject, decode, digest, encode, is_digest
from gateway.domain.errors import InputError, NotVerified
from gateway.domain.ids import ParcelName
from gateway.domain.parcel import MAX_PARCEL
from gateway.domain.proofs import MAX_PROOF
from gateway.domain.source_list import KIND
from gateway.domain.statements import Kind, Request
from gateway.domain.times import HOUR
from gateway.ports import Signer
from keys.jws import JoseSignatures
from partner import checkpoints, outgoing, parcels, rehearsal
from partner.https_client import HttpsClient, Reply, Unreachable
from partner.kit import Kit
from partner.missing import missing
from partner.outgoing import Outgoing
from partner.taken import Taken, take_parcel, take_proof, take_word

MAX_ANSWERS = 16 * 1024 * 1024  # bytes; 1,000 answers have about 1 MB
MAX_LISTING = 1024 * 1024  # bytes
MAX_RECEIPT = 4096  # bytes of what a posted statement is answered with
OCTETS = "application/octet-stream"
_NONE: Mapping[str, str] = {}
PAGE = 1_000  # items a listing has at most; a full one is followed by another
_PROOFS = 100  # proofs asked for in one round
_REFUSED_AGAIN = 1 * HOUR  # microseconds before a refused parcel is fetched once more
_CURSOR_FOR = 3600.0  # seconds; then all answers are read again, lest one be missed
_PROBLEM = re.compile(r"urn:palang:problem:([a-z-]{1,40})", re.ASCII)


class Ready(NamedTuple):
    """A parcel that lies ready, as the listing names it; nothing of it is verified yet."""

    epoch: int
    sequence: int
    name: str
    digest: str


@dataclass(slots=True)
class PullWay:
    """Implements ways.Way. Lives as long as `run`: it remembers when it was asked to wait."""

    kit: Kit
    _quiet_until: float = 0.0
    _cursor: str = "0"
    _cursor_since: float = field(default_factory=time.monotonic)

    def take(self) -> Iterator[Taken]:
        """Parcels that are not here yet, then words. Raises Unreachable."""
        for ready in self._wanted():
            taken = self._fetch(ready)
            if taken is not None:
                yield taken
        yield from self._words()
        yield from self._proofs()

    def publish(self) -> None:
        """Post what waits. Raises Unreachable; what was taken until then does not wait any more."""
        with self.kit.state.read() as tx:
            waiting = outgoing.waiting(tx)
        refused = None
        for made in waiting:
            path = "/lists" if made.kind == KIND else "/statements"
            reply = self._say(path, made)
            if reply.status == 202 and _document(reply).get("statement") == made.statement:
                outgoing.said(self.kit, [made])
            elif reply.status in (400, 413):
                refused = self._failure(reply, path)  # the others must not wait for it
            else:
                raise self._failure(reply, path)
        if refused is not None:
            raise refused

    def _say(self, path: str, made: Outgoing) -> Reply:
        """A statement shows by itself whose it is; a sealed list needs a signed request beside."""
        if made.kind != KIND:
            return self._post(path, made.body, MAX_RECEIPT)
        beside = self._request(1, 1, {"parcel": made.statement})
        headers = {"Content-Type": OCTETS, "Palang-Request": beside.decode()}
        return self._post(path, made.body, MAX_RECEIPT, headers)

    def _wanted(self) -> Iterator[Ready]:
        """What lies ready and is not stored here, nor was refused within the hour. All of the epoch
        is looked at: a known sequence may lie there in another sealing."""
        with self.kit.state.read() as tx:
            place = (missing(tx, self.kit.pins(), self.kit.clock.now()).epoch, 1)
        while True:
            page = new = self._listing(*place)
            for kit in rehearsal.both(self.kit):
                with kit.state.read() as tx:
                    after = kit.clock.now() - _REFUSED_AGAIN
                    new = [i for i in new if not parcels.came(tx, i.digest, after)]
            yield from new
            last = page[-1][:2] if page else place
            if len(page) < PAGE or last < place:
                return
            place = (last[0], last[1] + 1)

    def _listing(self, epoch: int, since: int) -> list[Ready]:
        reply = self._ask("/parcels", epoch, since, MAX_LISTING)
        if reply.status != 200:
            raise self._failure(reply, "/parcels")
        return [_ready(item) for item in _items(reply)]

    def _fetch(self, ready: Ready) -> Taken | None:
        """One parcel; None where it lies there no more."""
        reply = self._ask("/parcels/next", ready.epoch, ready.sequence, MAX_PARCEL)
        if reply.status == 204:
            return None
        if reply.status != 200:
            raise self._failure(reply, "/parcels/next")
        if digest(reply.body) != ready.digest:
            # another valid one may be meant well: the listing names it the next time (D1)
            left = f"{ready.name}: the gateway handed over another parcel than was asked for"
            return Taken(ready.name, left=InputError(left))
        return take_parcel(self.kit, ready.name, reply.body)

    def _words(self) -> Iterator[Taken]:
        if time.monotonic() - self._cursor_since > _CURSOR_FOR:
            self._cursor, self._cursor_since = "0", time.monotonic()
        while True:
            reply = self._ask(f"/answers?after={self._cursor}", 1, 1, MAX_ANSWERS)
            if reply.status != 200:
                raise self._failure(reply, "/answers")
            items, cursor = _items(reply), str(_document(reply).get("cursor"))
            for jws in items:
                data = jws.encode() if isinstance(jws, str) else b""
                yield take_word(self.kit, digest(data), data)
            moved = cursor.isascii() and cursor.isdigit() and len(cursor) < 16
            if not moved or cursor == self._cursor:
                return
            self._cursor = cursor
            if len(items) < PAGE:
                return

    def _proofs(self) -> Iterator[Taken]:
        """What no head led on from: a head was missed, or this kit was away."""
        with self.kit.state.read() as tx:
            waiting = checkpoints.unproven(tx)[:_PROOFS]
        for kept in waiting:
            reply = self._ask(f"/consistency?old={kept.size}", kept.epoch, 1, MAX_PROOF)
            if reply.status == 404:
                return  # not so far yet, of another epoch, or a gateway that serves no proofs
            if reply.status != 200:
                raise self._failure(reply, "/consistency")
            yield take_proof(self.kit, kept.epoch, f"proof from {kept.size}", reply.body)

    def _ask(self, path: str, epoch: int, since: int, most: int) -> Reply:
        return self._post(path, self._request(epoch, since, {}), most)

    def _request(self, epoch: int, since: int, more: JsonObject) -> bytes:
        """A signed request that was never sent before."""
        me, at = self.kit.identity, self.kit.clock.now()
        wanted = statements.to_bytes(Request(me.id, me.gateway, at, epoch, since))
        document = decode(wanted, what="the request") | {"nonce": secrets.token_urlsafe(18)} | more
        signer = self.kit.signer(at)
        return JoseSignatures().sign(encode(document), Kind.REQUEST, signer)

    def _post(self, path: str, body: bytes, most: int, headers: Mapping[str, str] = _NONE) -> Reply:
        if time.monotonic() < self._quiet_until:
            raise Unreachable("the gateway asked to be left alone for a while")
        at = self.kit.clock.now()
        signer: Signer = self.kit.signer(at)
        return HttpsClient(self.kit).post(path, body, most, signer, at, headers)

    def _failure(self, reply: Reply, path: str) -> Unreachable:
        """What an answer that is no success means; of its text only a known problem's name."""
        wait = reply.headers.get("retry-after", "")
        if reply.status in (429, 503) and wait.isascii() and wait.isdigit():
            self._quiet_until = time.monotonic() + min(int(wait[:6]), 3600)
        named = _PROBLEM.match(str(_document(reply).get("type", "")))
        problem = f" ({named[1]})" if named else ""
        hint = _HINTS.get(reply.status, "nothing is lost: it is tried again")
        return Unreachable(f"{path} of the gateway answered {reply.status}{problem}", hint=hint)


_HINTS = {
    401: "is this machine's clock right? does the gateway know this card, and the credentials of"
    " [pull]? ask its officers",
    404: "check [pull] url in partner.toml: https://host/v1/PARTNER",
    429: "the gateway's limit for this partner is used up; raise poll_seconds",
}


def _document(reply: Reply) -> JsonObject:
    """The JSON of an answer; {} for anything else."""
    try:
        return decode(reply.body, what="the answer of the gateway")
    except NotVerified:
        return {}


def _items(reply: Reply) -> list[object]:
    document = _document(reply)
    items = document.get("items")
    if document.get("v") != 1 or not isinstance(items, list) or len(items) > PAGE:
        raise Unreachable(f"the gateway's list has not the form {{v: 1, items: up to {PAGE}}}")
    return items


def _ready(item: object) -> Ready:
    """One line of the listing, checked for form: its name is shown to people."""
    found = item if isinstance(item, dict) else {}
    epoch, sequence = found.get("epoch"), found.get("sequence")
    name, named = found.get("name"), found.get("digest")
    good = isinstance(name, str) and ParcelName.parse(name) is not None and is_digest(named)
    if type(epoch) is not int or type(sequence) is not int or not good:
        raise Unreachable("an item of the gateway's list is no parcel")
    return Ready(epoch, sequence, str(name), str(named))
