"""The mail channel: parcels through our relay, statements and bounces from our mailbox (design 6).

Set-up and limits: docs/channel-mail.md. A mail proves nothing by itself: parcels are sealed, and
statements count by their signature alone.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from adapters import mail_message
from adapters.mail_accounts import MAILBOX_ACCOUNT, RELAY_ACCOUNT, Accounts, Maildir
from adapters.mail_address import Address
from adapters.mail_box import REFUSED, Box, Found
from adapters.mail_errors import Stage, of_relay, of_settings
from adapters.mail_imap import ImapBox
from adapters.mail_maildir import MaildirBox
from adapters.mail_message import Correspondent, Letter
from adapters.mail_parts import Odd
from adapters.mail_relay import RelaySession
from adapters.mail_relays import Relays
from adapters.mail_sorting import Sorted, is_of, sort
from adapters.mail_wire import hurried_context
from adapters.reach import Network
from gateway.domain.errors import InputError, PalangError
from gateway.domain.ids import DeliveryId
from gateway.domain.parties import Partner
from gateway.domain.times import SECOND
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

Left = Counter[str]
"""Why mails were set aside, and how many for each reason."""

_RELAY = ("relay: TLS, certificate and login", "relay: takes our sender and this recipient")
_WRAPPING = 64 * 1024  # bytes of a mail that are not its attachment


class MailAdapter:
    """One partner's mail address. The mailbox is opened anew by each call; a session with the relay
    stays for the next mail, whichever partner's that is.
    """

    def __init__(
        self,
        partner: Partner,
        address: Address,
        accounts: Accounts,
        clock: Clock,
        secrets: TransportSecrets,
        network: Network,
        relays: Relays,
    ) -> None:
        self._channel, self._accounts = partner.channel, accounts
        self._clock, self._secrets = clock, secrets
        self._network, self._limits, self._relays = network, network.limits, relays
        ours = accounts.sender.plus(partner.id)
        self._who = Correspondent(accounts.sender, ours, address)

    def send(self, delivery_id: str, parcel: Parcel) -> HandOver:
        """One mail with the parcel as its attachment.

        A repeat is another mail with the same attachment: the partner's digest rule records it
        once. What the relay confirms is that it took the mail; a bounce may follow.
        """
        with self._refusing():
            checked = str(DeliveryId.parse(delivery_id))
            letter = mail_message.of_parcel(self._who, checked, parcel, self._clock.now())
        return self._submit(letter)

    def say(self, message: Message) -> HandOver:
        """One mail with the statement as its attachment; a repeat is kept once by its digest."""
        with self._refusing():
            letter = mail_message.of_statement(self._who, message, self._clock.now())
        return self._submit(letter)

    def collect(self, keep: Callable[[Inbound], None]) -> int:
        """Take this partner's mails from the shared mailbox, by content and never by a flag.

        Taken mails go to the folder Processed; what is no statement of a partner's goes to Refused,
        with one alert a call, and no mail is ever sent because of it. What keep() raises passes
        through, and its mail stays.
        """
        left, taken = Left(), 0
        with self._box() as box:
            for found in box.find(lambda top: is_of(top, self._who), self._limits.items):
                brought = self._sorted(box, found, left)
                if brought is None:
                    continue  # taken away meanwhile
                for item in brought.items:
                    keep(item)
                    taken += 1
                # A crash here leaves a kept mail in the mailbox: it comes again, a duplicate.
                box.move(found, brought.folder)
        _report(self._accounts.mailbox, left)
        return taken

    def probe(self) -> ProbeReport:
        """Log in to relay and mailbox, and ask whether a mail to the partner would be taken."""
        checks: list[tuple[str, bool, str]] = []
        server = fingerprint = ""
        try:
            with self._relay(fresh=True) as session:
                server, fingerprint = session.server, session.fingerprint
                checks.append((_RELAY[0], True, ""))
                session.try_envelope(str(self._who.ours), str(self._who.partner))
            checks.append((_RELAY[1], True, ""))
        except SendError as error:
            checks.append((_RELAY[len(checks)], False, f"{error} {error.hint}".strip()))
        checks.extend(self._try_mailbox())
        return ProbeReport(self._channel, server, fingerprint, tuple(checks))

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        """What a header can't hold as it is was not sent."""
        try:
            yield
        except InputError as error:
            raise of_settings(error, self._channel) from error

    def _submit(self, letter: Letter) -> HandOver:
        with self._relay() as session:
            answer = session.submit(str(self._who.ours), str(self._who.partner), letter)
            return HandOver(
                at=self._clock.now(),
                endpoint=self._channel,
                peer_fingerprint=session.fingerprint,
                remote_id=f"{answer} {letter.message_id}",
            )

    def _sorted(self, box: Box, found: Found, left: Left) -> Sorted | None:
        """What a mail brought; for a person what brought nothing, with the reason counted."""
        try:
            if found.size > self._limits.reply * 3 // 2 + _WRAPPING:
                raise Odd(f"a mail larger than {self._limits.reply * 3 // 2 + _WRAPPING} bytes")
            mail = box.read(found)
            return None if mail is None else sort(mail, found, self._who, self._limits.reply)
        except Odd as odd:
            left[str(odd)] += 1
            return Sorted((), REFUSED)

    def _try_mailbox(self) -> list[tuple[str, bool, str]]:
        before = self._clock.now() - self._limits.stale * SECOND
        try:
            with self._box() as box:
                lying = box.lying(lambda top: is_of(top, self._who), before)
        except SendError as error:
            return [("mailbox: login and folder", False, f"{error} {error.hint}".strip())]
        advice = f"{lying} mails lie there that no partner's channel took: look at their senders"
        return [
            ("mailbox: login and folder", True, ""),
            ("mailbox: no mail of nobody", lying == 0, advice if lying else ""),
        ]

    @contextmanager
    def _relay(self, *, fresh: bool = False) -> Iterator[RelaySession]:
        """A session whose every failure leaves as SendError; an idle one, unless it must be new."""
        uri, given = self._accounts.relay, False
        session = None if fresh else self._relays.take(self._limits.total)
        try:
            if session is None:
                session = self._session()
                session.open()
            yield session
            self._relays.give(session)
            given = True
        except SendError:
            raise
        except PalangError as error:
            raise of_settings(error, uri) from error
        except OSError as error:
            stage = session.stage if session else Stage.CONNECT
            raise of_relay(error, uri, stage, bool(session and session.fingerprint)) from error
        finally:
            if session is not None and not given:
                session.close()

    def _session(self) -> RelaySession:
        """A new one, not yet opened. Raises PalangError where our own side is not in order."""
        uri = self._accounts.relay
        context = hurried_context(self._accounts.pem, self._limits)
        password = self._secrets.password(RELAY_ACCOUNT) if uri.user else ""
        addresses = self._network.addresses(uri)
        return RelaySession(uri, addresses, password, context, self._who.sender.domain)

    def _box(self) -> Box:
        """The mailbox, not yet opened."""
        place = self._accounts.mailbox
        if isinstance(place, Maildir):
            return MaildirBox(place.path)
        try:
            context = hurried_context(self._accounts.pem, self._limits)
            password = self._secrets.password(MAILBOX_ACCOUNT)
        except PalangError as error:
            raise of_settings(error, place) from error
        words = str(self._who.ours), str(self._who.partner)
        return ImapBox(place, self._network.addresses(place), password, context, words)


def _report(where: object, left: Left) -> None:
    """Raise SendError with one alert, however many mails were set aside."""
    if left:
        reasons = ", ".join(f"{count} x {reason}" for reason, count in sorted(left.items()))
        raise SendError(
            f"{where}: mails were set aside in the folder {REFUSED}: {reasons}",
            "no",
            alert=True,
            hint="a person looks at them there; nothing was answered",
        )
