"""What proves the gateway to a partner's HTTPS service, where the partner asks for it (design 3).

Each is chosen by the partner's id alone: what belongs to one partner is never shown to another. The
words of an error never hold a secret.
"""

import re
from dataclasses import dataclass

from adapters.channel_uri import ChannelUri
from adapters.http_signing import sign
from adapters.tls_contexts import Certificate
from gateway.domain.errors import PalangError
from gateway.domain.times import Micros
from gateway.ports import SendError, Signer, TransportSecrets

_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,4096}=*", re.ASCII)  # RFC 6750 2.1


@dataclass(frozen=True, slots=True)
class Login:
    """The credentials of one session; each may be absent."""

    certificate: Certificate | None
    bearer: str | None
    signer: Signer | None

    def headers(
        self, method: str, uri: ChannelUri, path: str, headers: dict[str, str], at: Micros
    ) -> dict[str, str]:
        """The headers of a request, with token and signature."""
        complete = dict(headers)
        if self.bearer is not None:
            complete["Authorization"] = f"Bearer {self.bearer}"
        if self.signer is not None:
            sign(method, f"https://{uri.authority}{path}", complete, self.signer, at)
        return complete


def login(secrets: TransportSecrets, partner: str, uri: ChannelUri) -> Login:
    """The partner's credentials. Raises SendError("no") with an alert where one can't be used."""
    try:
        found = Login(
            secrets.client_certificate(partner),
            secrets.bearer(partner),
            secrets.request_signer(partner),
        )
    except PalangError as error:
        raise SendError(f"{uri}: {error}", "no", alert=True, hint=error.hint) from error
    if found.bearer is not None and not _TOKEN.fullmatch(found.bearer):
        raise SendError(
            f"{uri}: the bearer token of {partner} has characters that no token has; nothing was "
            "sent",
            "no",
            alert=True,
            hint=f"set it again: palang key secret set bearer --partner {partner}",
        )
    return found
