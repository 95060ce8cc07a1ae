"""Asks a time-stamping authority over HTTP (RFC 3161 3.4).

The token proves itself, so plain HTTP is enough; nothing but a digest of the ledger's head leaves.
"""

from collections.abc import Callable
from dataclasses import dataclass

import requests

from gateway.domain.errors import NotVerified
from gateway.ports import SendError

TIMEOUT = 10  # seconds, to connect and between two pieces of the answer
MOST = 64 * 1024  # bytes of an answer


@dataclass(frozen=True, slots=True)
class HttpAuthority:
    """Implements ports.timestamps.Authority. `ask` makes the request of some bytes and what checks
    the token that comes back; it raises NotVerified."""

    url: str
    ask: Callable[[bytes], tuple[bytes, Callable[[bytes], None]]]

    def stamp(self, data: bytes) -> bytes:
        """A token over `data`, verified under the authority's pinned certificate.

        Raises SendError.
        """
        query, check = self.ask(data)
        try:
            token = self._post(query)
            check(token)
        except requests.RequestException as error:
            raise _failed(f"{type(error).__name__}") from None
        except NotVerified as error:
            raise _failed(str(error), alert=True) from None
        return token

    def _post(self, query: bytes) -> bytes:
        with requests.Session() as session:
            session.trust_env = False
            headers = {"Content-Type": "application/timestamp-query"}
            answer = session.post(
                self.url,
                data=query,
                headers=headers,
                timeout=TIMEOUT,
                stream=True,
                allow_redirects=False,
            )
            with answer:
                if answer.status_code != requests.codes.ok:
                    raise _failed(f"it answered {answer.status_code}")
                return _whole(answer)


def _whole(answer: requests.Response) -> bytes:
    found = b""
    for piece in answer.iter_content(8192):
        found += piece
        if len(found) > MOST:
            raise _failed(f"it answered more than {MOST} bytes")
    return found


def _failed(why: str, *, alert: bool = False) -> SendError:
    return SendError(
        f"the time-stamping authority gave no token: {why}",
        "no",
        alert=alert,
        hint="evidence rests on the gateway's own word meanwhile; look at [timestamps] in "
        "palang.toml",
    )
