"""The REST channel: a parcel is one POST, statements come in its answer or from the reply URL.

Wire: docs/formats.md. Headers are RFC 9530 (Content-Digest) and the draft Idempotency-Key.
"""

import base64
import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager

from adapters import rest_answers
from adapters.channel_uri import ChannelUri
from adapters.inbound_names import kind_of
from adapters.pinned_http import Answer
from adapters.reach import Network
from adapters.rest_session import RestSession, rest_session
from adapters.tls_contexts import Contexts
from gateway.domain import media_types
from gateway.domain.errors import InputError
from gateway.domain.ids import DeliveryId, Envelope
from gateway.domain.parties import Partner
from gateway.domain.signed_forms import form_named
from gateway.ports import (
    Clock,
    HandOver,
    Inbound,
    Message,
    Parcel,
    ProbeReport,
    SendError,
    TransportSecrets,
)

_STATEMENTS = ", ".join(media_types.STATEMENT.values())


class RestAdapter:
    """One partner's HTTPS service. Each call connects anew; nothing stays open between calls."""

    def __init__(
        self,
        partner: Partner,
        channel: ChannelUri,
        reply: ChannelUri | None,
        clock: Clock,
        secrets: TransportSecrets,
        network: Network,
        contexts: Contexts,
    ) -> None:
        self._partner, self._channel, self._reply = partner, channel, reply
        self._clock, self._secrets = clock, secrets
        self._network, self._limits, self._contexts = network, network.limits, contexts

    def send(self, delivery_id: str, parcel: Parcel) -> HandOver:
        """POST the parcel; the same id on every attempt lets the partner record it once."""
        headers = _headers(delivery_id, parcel) | {"Accept": self._accepted}
        uri, path, cap = self._channel, self._channel.path or "/", self._limits.reply
        with self._session(uri) as session:
            answer = session.ask("POST", path, cap, headers, parcel.data)
            reply = rest_answers.reply_of(answer, uri)
            return HandOver(
                at=self._clock.now(),
                endpoint=str(uri),
                peer_fingerprint=session.fingerprint,
                remote_id=f"HTTP {answer.status}",
                reply=reply,
            )

    def say(self, message: Message) -> HandOver:
        """POST a statement to the channel; its digest as the id lets the partner keep it once."""
        uri, path, cap = self._channel, self._channel.path or "/", self._limits.reply
        headers = _message_headers(message) | {"Accept": self._accepted}
        with self._session(uri) as session:
            answer = session.ask("POST", path, cap, headers, message.data)
            rest_answers.reply_of(answer, uri)
            return HandOver(
                at=self._clock.now(),
                endpoint=str(uri),
                peer_fingerprint=session.fingerprint,
                remote_id=f"HTTP {answer.status}",
            )

    def collect(self, keep: Callable[[Inbound], None]) -> int:
        """GET the list at the reply URL, then each item; DELETE it once keep() has it.

        What keep() raises passes through, and its item stays with the partner.
        """
        if self._reply is None:
            return 0
        uri, base, taken, cap = self._reply, self._reply.path, 0, self._limits.reply
        with self._session(uri) as session:
            listing = session.ask("GET", base or "/", self._limits.listing, {})
            items = rest_answers.item_ids(listing, uri, self._limits.listed)
            for item in items[: self._limits.items]:
                path = f"{base}/{item}"
                answer = session.ask("GET", path, cap, {"Accept": self._accepted})
                if answer.status in (404, 410):
                    continue  # taken away since the listing
                if answer.status != 200:
                    raise rest_answers.failure(answer, uri)
                if not answer.body:
                    continue  # not written yet, or nothing to say
                keep(Inbound(kind_of(item), answer.body, path))
                # A crash here leaves a kept item with the partner: it comes again, a duplicate.
                gone = session.ask("DELETE", path, cap, {})
                if gone.status not in (200, 202, 204, 404, 410):
                    raise rest_answers.failure(gone, uri)
                taken += 1
        return taken

    def probe(self) -> ProbeReport:
        """Prove the server's identity with a HEAD of the channel, and read the reply list."""
        checks: list[tuple[str, bool, str]] = []
        server = fingerprint = ""
        try:
            with self._session(self._channel) as session:
                answer = session.ask("HEAD", self._channel.path or "/", self._limits.reply, {})
                server = _printable(answer.headers.get("Server", ""))
                fingerprint = session.fingerprint
            checks.append(("TLS and certificate", True, ""))
            checks.append(_reachable(answer, self._channel))
            checks.extend(self._try_replies())
        except SendError as error:
            checks.append(("TLS and certificate", False, f"{error} {error.hint}".strip()))
        return ProbeReport(str(self._channel), server, fingerprint, tuple(checks))

    def _try_replies(self) -> list[tuple[str, bool, str]]:
        if self._reply is None:
            return []
        uri = self._reply
        try:
            with self._session(uri) as session:
                path = uri.path or "/"
                listing = session.ask("GET", path, self._limits.listing, {})
                rest_answers.item_ids(listing, uri, self._limits.listed)
        except SendError as error:
            return [("list of replies", False, f"{error} {error.hint}".strip())]
        return [("list of replies", True, "")]

    @property
    def _accepted(self) -> str:
        """In which forms it may answer: where parcels are JOSE, as it always was."""
        jose = self._partner.envelope is Envelope.JOSE
        return media_types.JOSE if jose else _STATEMENTS

    def _session(self, uri: ChannelUri) -> AbstractContextManager[RestSession]:
        made_of = (self._secrets, self._network, self._clock, self._contexts)
        return rest_session(self._partner, uri, *made_of)


def _headers(delivery_id: str, parcel: Parcel) -> dict[str, str]:
    """The headers of a POST; the narrow forms of both ids keep CR, LF and NUL out of them."""
    try:
        key = str(DeliveryId.parse(delivery_id))
    except InputError as error:
        raise SendError(str(error), "no", alert=True, hint=error.hint) from error
    media = media_types.PARCEL[parcel.name.envelope]
    return _common(key, parcel.data, media) | {"Palang-Parcel": str(parcel.name)}


def _message_headers(message: Message) -> dict[str, str]:
    key = message.digest.removeprefix("sha256:")
    media = media_types.STATEMENT[form_named(message.name)]
    return _common(key, message.data, media) | {"Palang-Statement": message.name}


def _common(key: str, data: bytes, media: str) -> dict[str, str]:
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
    return {
        "Content-Type": media,
        "Idempotency-Key": key,
        "Content-Digest": f"sha-256=:{digest}:",
    }


def _reachable(answer: Answer, uri: ChannelUri) -> tuple[str, bool, str]:
    """Whether something that could take a POST answers; a server need not know HEAD."""
    good = 200 <= answer.status < 300 or answer.status in (405, 501)
    advice = "" if good else str(rest_answers.failure(answer, uri))
    return "the channel answers", good, advice


def _printable(text: str) -> str:
    """A server's own name for itself, safe to show."""
    return "".join(char for char in text[:80] if " " <= char <= "~")
