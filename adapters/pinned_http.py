"""HTTPS with `requests` to one checked address under the server's own name (threats.md C1 to C4).

The library resolves nothing, follows nothing, reads no proxy, .netrc or CA bundle from the
environment, keeps no cookies and retries nothing.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from adapters.channel_uri import ChannelUri
from adapters.limits import Limits
from adapters.tls import PeerContext

_CHUNK = 64 * 1024  # bytes


class TooLarge(Exception):
    """An answer goes beyond the size that was allowed for it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _PinnedAdapter(HTTPAdapter):
    """Connects to the checked address; SNI, certificate check and Host keep the name."""

    def __init__(self, uri: ChannelUri, context: PeerContext) -> None:
        self.address = ""
        self._uri, self._context = uri, context
        super().__init__(max_retries=0)

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> Any:  # the stubs do not know server_hostname
        """Where to connect, and what must be proven there, whatever the request says."""
        host = {"scheme": "https", "host": self.address, "port": self._uri.port}
        return host, {"ssl_context": self._context, "server_hostname": self._uri.host}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Keep the library from adding its own bundle of public CAs to our context."""


class PinnedSession:
    """Exchanges with one server; `context.certificate` is empty until it has proven itself."""

    def __init__(
        self, uri: ChannelUri, addresses: Sequence[str], context: PeerContext, limits: Limits
    ) -> None:
        self._uri, self._limits, self.context = uri, limits, context
        self._addresses = addresses
        self._adapter = _PinnedAdapter(uri, context)
        self._base = f"https://{uri.authority}"
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.headers.clear()
        self._session.mount("https://", self._adapter)

    def close(self) -> None:
        """Close the connection; the library alone would leave that to the garbage collector."""
        self._session.close()
        self.context.hang_up()

    def exchange(
        self,
        method: str,
        path: str,
        cap: int,
        headers: Mapping[str, str],
        body: bytes | None = None,
    ) -> Answer:
        """One request and its whole answer of at most `cap` bytes, within the total time.

        The next address is tried only where this one did not connect. Raises
        requests.RequestException, OSError or TooLarge.
        """
        self.context.deadline = time.monotonic() + self._limits.total
        self.context.patience = self._limits.connect
        for address in self._addresses[:-1]:
            self._adapter.address = address
            try:
                return self._once(method, path, cap, headers, body)
            except requests.ConnectionError as error:
                if self.context.certificate or isinstance(error, requests.exceptions.SSLError):
                    raise
        self._adapter.address = self._addresses[-1]
        return self._once(method, path, cap, headers, body)

    def _once(
        self, method: str, path: str, cap: int, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        with self._session.request(
            method,
            self._base + path,
            data=body,
            headers={"Host": self._uri.authority, "User-Agent": "palang", **headers},
            timeout=self._limits.connect,
            allow_redirects=False,
            stream=True,
        ) as response:
            return Answer(response.status_code, response.headers, self._body(response, cap))

    def _body(self, response: requests.Response, cap: int) -> bytes:
        """The body as it came; a compressed one was not asked for and is not unpacked."""
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise TooLarge("the answer is compressed, which was not asked for")
        body = bytearray()
        for chunk in response.iter_content(_CHUNK):
            body += chunk
            if len(body) > cap:
                raise TooLarge(f"the answer is larger than {cap} bytes")
        return bytes(body)
