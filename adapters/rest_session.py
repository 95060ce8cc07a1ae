"""One login's exchanges with a partner's HTTPS service; every failure leaves as SendError."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import requests
import urllib3

from adapters.channel_uri import ChannelUri
from adapters.pinned_http import Answer, PinnedSession, TooLarge
from adapters.reach import Network
from adapters.rest_errors import explain
from adapters.rest_login import Login, login
from adapters.tls_contexts import Contexts
from gateway.domain.errors import InputError
from gateway.domain.parties import Partner
from gateway.ports import Clock, SendError, TransportSecrets

#: everything that the HTTP library lets through; a hostile answer reaches its deeper layers
_FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, OSError, TooLarge)


class RestSession:
    """Requests to one URI's server, with what the partner wants to see in each."""

    def __init__(self, session: PinnedSession, uri: ChannelUri, mine: Login, clock: Clock) -> None:
        self._session, self._uri, self._login, self._clock = session, uri, mine, clock

    @property
    def fingerprint(self) -> str:
        """Of the certificate that the server proved."""
        return self._session.context.fingerprint

    def ask(
        self, method: str, path: str, cap: int, headers: dict[str, str], body: bytes | None = None
    ) -> Answer:
        """One exchange with an answer of at most `cap` bytes. Raises SendError.

        Only a POST can have handed something over, and only after the handshake.
        """
        complete = self._login.headers(method, self._uri, path, headers, self._clock.now())
        try:
            return self._session.exchange(method, path, cap, complete, body)
        except _FAILURES as error:
            begun = method == "POST" and bool(self._session.context.certificate)
            raise explain(error, self._uri, "unknown" if begun else "no") from error


@contextmanager
def rest_session(
    partner: Partner,
    uri: ChannelUri,
    secrets: TransportSecrets,
    network: Network,
    clock: Clock,
    contexts: Contexts,
) -> Iterator[RestSession]:
    """A session with checked addresses and both sides' identity. Raises SendError."""
    mine = login(secrets, partner.id, uri)
    with ExitStack() as stack:
        lent = contexts.lent(partner.id, partner.peer, mine.certificate)
        try:
            context = stack.enter_context(lent)
        except InputError as error:
            raise SendError(f"{uri}: {error}", "no", alert=True, hint=error.hint) from error
        session = PinnedSession(uri, network.addresses(uri), context, network.limits)
        stack.callback(session.close)
        yield RestSession(session, uri, mine, clock)
