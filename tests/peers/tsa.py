"""A time-stamping authority on loopback: `openssl ts` behind a small HTTP server."""

from __future__ import annotations

import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tools.peers import find

_CONFIG = """
[req]
distinguished_name = dn
prompt = no
[dn]
CN = Uji Time Stamping
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[stamping]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[other]
basicConstraints = critical, CA:FALSE
[tsa]
default_tsa = tsa1
[tsa1]
dir = {folder}
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class Authority:
    """Keys, certificates and answers of one authority; `stamp` needs no network."""

    def __init__(self, folder: Path, extensions: str = "stamping") -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "serial").write_text("01\n")
        (folder / "config").write_text(_CONFIG.format(folder=folder))
        for name in ("root", "tsa"):
            self._run("ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", f"{name}.key")
        common = ("-config", "config", "-sha256", "-days", "3650")
        root = ("-x509", "-key", "root.key", "-extensions", "root", "-subj", "/CN=Uji Root")
        self._run("req", *common, *root, "-out", "root.pem")
        self._run("req", "-new", "-key", "tsa.key", "-config", "config", "-out", "tsa.csr")
        signed = ("-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "3650")
        chosen = ("-extfile", "config", "-extensions", extensions)
        self._run("x509", "-req", "-in", "tsa.csr", "-sha256", *signed, *chosen, "-out", "tsa.pem")

    @property
    def root(self) -> str:
        """The issuer's certificate as PEM."""
        return (self.folder / "root.pem").read_text()

    @property
    def own(self) -> str:
        """The authority's own certificate as PEM."""
        return (self.folder / "tsa.pem").read_text()

    def answer(self, query: bytes) -> bytes:
        """The TimeStampResp to a TimeStampReq."""
        (self.folder / "query.tsq").write_bytes(query)
        keys = ("-inkey", "tsa.key", "-signer", "tsa.pem")
        self._run("ts", "-reply", "-config", "config", "-queryfile", "query.tsq", *keys,
                  "-out", "answer.tsr")  # fmt: skip
        return (self.folder / "answer.tsr").read_bytes()

    def stamp(self, data: bytes, digest: str = "-sha256") -> bytes:
        """A token over some bytes."""
        (self.folder / "data").write_bytes(data)
        self._run("ts", "-query", "-data", "data", digest, "-cert", "-out", "own.tsq")
        return self.answer((self.folder / "own.tsq").read_bytes())

    def verifies(self, token: bytes, data: bytes) -> bool:
        """Whether `openssl ts -verify` takes it, as docs/evidence.md has an auditor call it."""
        (self.folder / "data").write_bytes(data)
        (self.folder / "token.tsr").write_bytes(token)
        asked = ("-in", "token.tsr", "-data", "data", "-CAfile", "tsa.pem", "-partial_chain")
        return self._run("ts", "-verify", *asked, check=False) == 0

    def _run(self, *arguments: str, check: bool = True) -> int:
        program = find("openssl") or "openssl"
        done = subprocess.run(
            [program, *arguments], cwd=self.folder, capture_output=True, timeout=30, check=False
        )
        assert not (check and done.returncode), done.stderr.decode()
        return done.returncode


class Server:
    """The authority over HTTP (RFC 3161 3.4); `broken` is answered instead where it is set."""

    def __init__(self, authority: Authority) -> None:
        self.broken: tuple[int, bytes] | None = None
        self.asked = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.asked += 1
                query = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.headers["Content-Type"] == "application/timestamp-query"
                status, body = outer.broken or (200, authority.answer(query))
                self.send_response(status)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_words: object) -> None:
                """Tests say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/tsa"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
