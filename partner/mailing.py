"""A channel by mail: what the own mail system put into a Maildir is taken, answers leave by SMTP.

A mail proves nothing and is believed nothing: attachments count by their own signatures, and by
their digest once. Mails without one of ours stay where they are and are nobody's business here.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import EmailMessage, Message
from email.policy import SMTP

from adapters import channel_uri, mail_address
from adapters.addresses import system_resolver
from adapters.channel_uri import ChannelUri
from adapters.limits import Limits
from adapters.mail_address import Address
from adapters.mail_box import PROCESSED, REFUSED, Found
from adapters.mail_errors import Refusal, Stage
from adapters.mail_maildir import MaildirBox
from adapters.mail_message import Letter
from adapters.mail_parts import Odd, Part, parts_of
from adapters.mail_relay import RelaySession
from adapters.mail_wire import hurried_context
from adapters.reach import Network
from gateway.domain.canonical import digest
from gateway.domain.errors import InputError
from gateway.domain.ids import ParcelName
from gateway.domain.parcel import MAX_PARCEL
from gateway.domain.source_list import KIND
from gateway.domain.times import SECOND
from keys.secrets import read_secret
from partner import outgoing
from partner.https_client import Unreachable, read_pem
from partner.kit import Kit
from partner.messages import MAX_MESSAGE, is_message
from partner.outgoing import Outgoing
from partner.taken import Taken, take_parcel, take_word

MAX_MAIL = MAX_PARCEL * 3 // 2 + 64 * 1024  # bytes of a mail around the largest parcel, in base64
_USER = re.compile(r"(?:[A-Za-z0-9._+-]{1,64}(?:@[A-Za-z0-9.-]{1,253})?)?", re.ASCII)
_MAILS = 1_000  # looked at in one round
_TEXT = "Pernyataan bertanda tangan terlampir.\n\nA signed statement is attached.\n"


@dataclass(frozen=True, slots=True)
class MailWay:
    """Implements ways.Way."""

    kit: Kit

    def take(self) -> Iterator[Taken]:
        """Mails with an attachment of ours; each is moved once all of it is stored."""
        folder = self.kit.settings.home / self.kit.settings.mail.maildir
        with MaildirBox(folder) as box:
            for found in box.find(_is_ours, _MAILS):
                taken = list(self._mail(box, found))
                yield from taken
                # A crash before the move leaves a mail that is stored already: it is read again,
                # and its attachments are known by their digests.
                good = all(one.good for one in taken)
                box.move(found, PROCESSED if good else REFUSED)

    def publish(self) -> None:
        """One mail a statement. Raises Unreachable, InputError; one that the relay does not want
        keeps no other back."""
        with self.kit.state.read() as tx:
            todo = outgoing.waiting(tx)
        unwanted = None
        while todo:
            try:
                with _relay(self.kit) as (session, sender):
                    while todo:
                        self._submit(session, sender, todo.pop(0))
            except _Unwanted as refused:
                unwanted = refused
        if unwanted is not None:
            raise unwanted

    def _submit(self, session: RelaySession, sender: Address, made: Outgoing) -> None:
        to = mail_address.parse(self.kit.settings.mail.to)
        session.submit(str(sender), str(to), self._letter(made, sender, to))
        # a crash here sends this one once more; the gateway knows it by its digest
        outgoing.said(self.kit, [made])

    def _mail(self, box: MaildirBox, found: Found) -> Iterator[Taken]:
        if found.size > MAX_MAIL:
            yield Taken(found.key, left=InputError(f"a mail of more than {MAX_MAIL} bytes"))
            return
        data = box.read(found)
        if data is None:
            return  # another program took it
        try:
            for part in parts_of(data):
                yield from self._part(part)
        except Odd as odd:
            yield Taken(found.key, left=InputError(f"a mail that can't be read: {odd}"))

    def _part(self, part: Part) -> Iterator[Taken]:
        """An attachment of ours is known by its name, and judged by its content alone."""
        if ParcelName.parse(part.file_name) is not None:
            yield take_parcel(self.kit, part.file_name, part.content(MAX_PARCEL))
        elif is_message(part.file_name):
            data = part.content(MAX_MESSAGE)
            yield take_word(self.kit, digest(data), data)

    def _letter(self, made: Outgoing, sender: Address, to: Address) -> Letter:
        """The mail of one attempt. It carries no Auto-Submitted: gateways take a mail with that for
        the reply of a machine that was never asked (RFC 3834 2)."""
        message = EmailMessage(policy=SMTP)
        message_id = f"<{made.name[:16]}.{secrets.token_hex(8)}@{sender.domain}>"
        message["From"], message["To"] = str(sender), str(to)
        message["Date"] = datetime.fromtimestamp(self.kit.clock.now() // SECOND, UTC)
        message["Message-ID"] = message_id
        message["Subject"] = f"Palang {made.kind}"
        message["Palang-Statement"] = made.name
        message["X-Auto-Response-Suppress"] = "All"  # no vacation notice in return
        message.set_content(_TEXT, charset="us-ascii", cte="7bit")
        message.add_attachment(
            made.body,
            maintype="application",
            subtype="octet-stream" if made.kind == KIND else "jose",
            filename=made.name,
        )
        return Letter(message_id, message.as_bytes(), b"", b"")


def _is_ours(header: Message) -> bool:
    """Whether a gateway may have sent it; read before the mail itself is."""
    return "Palang-Parcel" in header or "Palang-Statement" in header


class _Unwanted(Unreachable):
    """The relay took our login, and not this mail."""


@contextmanager
def _relay(kit: Kit) -> Iterator[tuple[RelaySession, Address]]:
    """A session with the relay, TLS verified and logged in; failures in the kit's words."""
    mail, limits = kit.settings.mail, Limits()
    uri, sender = _relay_uri(mail.smtp), mail_address.parse(mail.sender)
    secret = kit.settings.file(mail.password)
    password = read_secret(secret).decode("utf-8", "replace") if secret else ""
    context = hurried_context(read_pem(kit.settings.file(mail.ca)), limits)
    addresses = Network(True, system_resolver, limits).addresses(uri)
    try:
        with RelaySession(uri, addresses, password, context, sender.domain) as session:
            yield session, sender
    except Refusal as refused:
        this_mail = refused.stage in (Stage.RECIPIENT, Stage.DATA, Stage.DOT)
        raise (_Unwanted if this_mail else Unreachable)(
            f"{uri}: the relay answered {refused.named} to the {refused.stage.value}",
            hint="check [mail] in partner.toml; the statement waits and is sent again",
        ) from refused
    except OSError as error:  # smtplib's and ssl's errors are some of these
        raise Unreachable(
            f"{uri}: {error.strerror or type(error).__name__}",
            hint="check [mail] smtp and ca; nothing is said to a relay that is not proven",
        ) from error


def _relay_uri(text: str) -> ChannelUri:
    """The relay; a user that is a mail address is written with %40 for its @. Raises InputError."""
    scheme, _, rest = text.partition("://")
    login, _, place = rest.rpartition("@")
    user = login.replace("%40", "@")
    if scheme not in ("smtp", "smtps") or not _USER.fullmatch(user):
        raise InputError("mail.smtp: expected smtps://user@host:465 or smtp://user@host:587")
    uri = channel_uri.parse(f"{scheme}://{place}", allow_private=True)
    return replace(uri, user=user)
