"""The sections of a kit's settings: one for each way beside the folder; each name is a line."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pull:
    """The gateway's listener, for a channel `pull:`; `[pull]`.

    url: https://host/v1/<partner>, "" where nothing is pulled. ca: PEM file of the only authorities
    to trust, "" for the system's. client: PEM file of an own certificate with its key. bearer: file
    with a secret. http_signature: sign requests by RFC 9421 too.
    """

    url: str = ""
    ca: str = ""
    client: str = ""
    bearer: str = ""
    http_signature: bool = False


@dataclass(frozen=True, slots=True)
class Mail:
    """Mail, for a channel `mailto:`; `[mail]`.

    maildir: folder into which the own mail system delivers, "" where mail is not used. smtp: the
    own relay, smtps://user@host:465 or smtp://user@host:587 (STARTTLS). sender: the own address.
    to: the gateway's. ca: as above. password: file with the relay's password, "" for none.
    """

    maildir: str = ""
    smtp: str = ""
    sender: str = ""
    to: str = ""
    ca: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True)
class Login:
    """What the own HTTPS service asks the gateway for, beside signed documents; `[login]`.

    certificate: PEM file of the gateway's own client certificate. bearer: file with a secret.
    request_key: PEM file of the gateway's public request key (RFC 9421). "" asks for nothing.
    """

    certificate: str = ""
    bearer: str = ""
    request_key: str = ""
