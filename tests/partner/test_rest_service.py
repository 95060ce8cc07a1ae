"""The HTTPS service against the wire of docs/formats.md, with a certificate of a test CA."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from gateway.domain.canonical import digest
from gateway.domain.ids import DeliveryId
from gateway.domain.statements import Ack, Reason
from partner import answers, applying, outgoing, parcels, server
from partner.kit import Kit
from partner.loop import Rounds
from tests.partner.factory import Gateway, Made, block, make_kit, number

JOSE = "application/jose"


@dataclass
class Service:
    """A kit that is being served."""

    kit: Kit
    port: int
    context: ssl.SSLContext
    events: list[tuple[str, dict[str, object]]]

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, http.client.HTTPResponse, bytes]:
        """One exchange on a connection of its own."""
        wire = http.client.HTTPSConnection("localhost", self.port, timeout=30, context=self.context)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            wire.request(method, path, body, named)
            answer = wire.getresponse()
            return answer.status, answer, answer.read()
        finally:
            wire.close()

    def post(
        self, made: Made, delivery: str = "", **headers: str
    ) -> tuple[int, http.client.HTTPResponse, bytes]:
        """A parcel as the REST adapter sends it; headers override."""
        found = base64.b64encode(hashlib.sha256(made.data).digest()).decode()
        right = {
            "Content_Type": JOSE,
            "Idempotency_Key": delivery or made.delivery,
            "Content_Digest": f"sha-256=:{found}:",
            "Palang_Parcel": made.name,
        }
        return self.ask("POST", "/parcels", made.data, **{**right, **headers})


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, Path, Path]:
    """A CA, and the service's certificate and key as files."""
    folder = tmp_path_factory.mktemp("tls")
    ca = trustme.CA()
    issued = ca.issue_cert("localhost")
    chain, key = folder / "cert.pem", folder / "key.pem"
    chain.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
    key.write_bytes(issued.private_key_pem.bytes())
    return ca, chain, key


@pytest.fixture
def service(
    gateway: Gateway,
    tmp_path: Path,
    authority: tuple[trustme.CA, Path, Path],
    request: pytest.FixtureRequest,
) -> Iterator[Service]:
    """A served kit; parametrise indirectly with the reply mode."""
    ca, chain, key = authority
    mode = getattr(request, "param", "response")
    kit = make_kit(
        tmp_path / "kit",
        gateway,
        listen='"127.0.0.1:0"',
        tls_cert=json.dumps(str(chain)),
        tls_key=json.dumps(str(key)),
        reply_mode=json.dumps(mode),
    )
    context = ssl.create_default_context()
    ca.configure_trust(context)
    events: list[tuple[str, dict[str, object]]] = []
    rounds = Rounds(kit, lambda event, facts: events.append((event, facts)))
    with server.serving(rounds) as address:
        yield Service(kit, int(address.rpartition(":")[2]), context, events)


def records(kit: Kit) -> int:
    with kit.state.read() as tx:
        row = tx.one("SELECT count(*) FROM parcels")
    return int(row[0]) if row else 0


def test_a_parcel_is_stored_and_answered_with_its_acknowledgement(
    gateway: Gateway, service: Service
) -> None:
    made = gateway.parcel(service.kit, block(1))
    status, answer, body = service.post(made)
    assert (status, answer.getheader("Content-Type")) == (200, JOSE)
    said = gateway.read(service.kit, body)
    assert isinstance(said, Ack)
    assert (said.result, said.about.parcel) == ("positive", made.digest)
    assert records(service.kit) == 1
    assert answer.getheader("Server") == "palang-partner"


@pytest.mark.parametrize(
    "media",
    [
        "application/pkcs7-mime",
        "application/pgp-encrypted",
        "application/PKCS7-mime; smime-type=authEnveloped-data",
    ],
)
def test_a_parcel_comes_under_the_media_type_of_any_envelope(
    gateway: Gateway, service: Service, media: str
) -> None:
    """What it is, its own bytes say: an older gateway said application/jose of them all."""
    made = gateway.parcel(service.kit, block(1))
    assert service.post(made, Content_Type=media)[0] == 200
    assert records(service.kit) == 1


def test_a_statement_comes_under_the_media_type_of_a_signature(
    gateway: Gateway, service: Service
) -> None:
    made = gateway.parcel(service.kit, block(1))
    named = {"Palang_Statement": "palang-uji-head.jws"}
    status, _answer, body = service.post(made, Content_Type="application/pgp-encrypted", **named)
    assert (status, b"application/pgp-signature" in body) == (415, True)


def test_an_answer_in_the_response_is_not_laid_out_for_collection_too(
    gateway: Gateway, service: Service
) -> None:
    service.post(gateway.parcel(service.kit, block(1), test=False, keep=True))
    service.post(gateway.parcel(service.kit, block(1)))
    assert answers.acknowledge(service.kit) == []


def test_the_same_bytes_again_are_one_record_and_the_same_answer(
    gateway: Gateway, service: Service
) -> None:
    made = gateway.parcel(service.kit, block(1))
    meanings = set()
    for _ in range(3):
        status, _answer, body = service.post(made)
        said = gateway.read(service.kit, body)
        assert isinstance(said, Ack)
        meanings.add((status, said.result, said.about))
    assert len(meanings) == 1
    assert records(service.kit) == 1


def test_the_same_id_with_other_content_is_a_conflict(gateway: Gateway, service: Service) -> None:
    first, second = gateway.parcel(service.kit, block(1)), gateway.parcel(service.kit, block(2))
    rubbish = Made(first.manifest, b"", b"rubbish", b"", b"")
    assert service.post(first)[0] == 200
    assert service.post(second, delivery=first.delivery)[0] == 409
    assert service.post(rubbish)[0] == 409
    assert records(service.kit) == 1
    assert answers.acknowledge(service.kit) == []


def test_a_new_sealing_under_the_same_id_is_no_conflict(gateway: Gateway, service: Service) -> None:
    first = gateway.parcel(service.kit, block(1), keep=True)
    second = gateway.parcel(service.kit, block(1))
    assert [service.post(made)[0] for made in (first, second)] == [200, 200]
    assert records(service.kit) == 1


def test_a_parcel_under_another_deliverys_id_is_refused(gateway: Gateway, service: Service) -> None:
    made = gateway.parcel(service.kit, block(1))
    status, answer, body = service.post(made, delivery="77.opr-uji-a.1")
    assert (status, answer.getheader("Content-Type")) == (422, "application/problem+json")
    assert json.loads(body)["status"] == 422
    assert records(service.kit) == 0


def test_a_parcel_that_does_not_verify_gets_a_signed_negative(
    gateway: Gateway, service: Service
) -> None:
    made = gateway.parcel(service.kit, block(1), test=False)
    status, _answer, body = service.post(made)
    said = gateway.read(service.kit, body)
    assert isinstance(said, Ack)
    assert (status, said.result, said.reason) == (200, "negative", Reason.TEST_MISMATCH)
    assert records(service.kit) == 0


@pytest.mark.parametrize("service", ["collect"], indirect=True)
def test_collected_statements_stay_until_they_are_deleted(
    gateway: Gateway, service: Service
) -> None:
    kit = service.kit
    made = gateway.parcel(kit, block(1))
    status, _answer, body = service.post(made)
    assert (status, body) == (202, b"")
    answers.acknowledge(kit)
    applying.apply(kit)
    answers.confirm(kit)
    outgoing.publish(kit)
    status, answer, body = service.ask("GET", "/replies")
    assert answer.getheader("Content-Type") == "application/json"
    document = json.loads(body)
    assert document["v"] == 1
    assert len(document["items"]) == 2
    for item in document["items"]:
        status, answer, body = service.ask("GET", f"/replies/{item}")
        assert (status, answer.getheader("Content-Type")) == (200, JOSE)
        assert item == digest(body).removeprefix("sha256:") + ".jws"
        assert service.ask("DELETE", f"/replies/{item}")[0] == 204
        assert service.ask("DELETE", f"/replies/{item}")[0] == 404
        assert service.ask("GET", f"/replies/{item}")[0] == 404
    assert json.loads(service.ask("GET", "/replies")[2]) == {"v": 1, "items": []}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Content_Type": "text/plain"}, 415),
        ({"Idempotency_Key": "../../etc/passwd"}, 400),
        ({"Idempotency_Key": ""}, 400),
        ({"Content_Digest": ""}, 400),
        ({"Content_Digest": "sha-256=:" + "A" * 43 + "=:"}, 400),
        ({"Content_Digest": "md5=:abc:"}, 400),
    ],
)
def test_a_request_outside_the_wire_is_refused_and_nothing_is_kept(
    gateway: Gateway, service: Service, headers: dict[str, str], expected: int
) -> None:
    made = gateway.parcel(service.kit, block(1))
    status, answer, body = service.post(made, **headers)
    assert (status, answer.getheader("Content-Type")) == (expected, "application/problem+json")
    assert str(number(1)).encode() not in body
    assert records(service.kit) == 0


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/parcels", 405),
        ("PUT", "/replies", 405),
        ("GET", "/", 404),
        ("GET", "/replies/../trust.json", 404),
        ("GET", "/replies/%2e%2e%2ftrust.json", 404),
        ("GET", "/replies/" + "0" * 64 + ".jws%00", 404),
        ("DELETE", "/replies/state.sqlite", 404),
        ("HEAD", "/parcels", 200),
    ],
)
def test_only_the_wires_own_paths_and_methods_answer(
    service: Service, method: str, path: str, expected: int
) -> None:
    assert service.ask(method, path)[0] == expected


def test_own_trouble_asks_the_sender_to_try_later(gateway: Gateway, service: Service) -> None:
    made = gateway.parcel(service.kit, block(1))
    (service.kit.home / "trust.json").unlink()
    status, answer, _body = service.post(made)
    assert (status, answer.getheader("Content-Type")) == (503, "application/problem+json")
    assert service.events[-1][0] == "trouble"


def test_a_body_that_is_announced_too_large_is_refused_unread(service: Service) -> None:
    with _wire(service) as wire:
        head = (
            "POST /parcels HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: 1.opr-uji-a.1\r\n"
            f"Content-Type: {JOSE}\r\nContent-Length: 999999999999\r\n\r\n"
        )
        wire.sendall(head.encode())
        assert b" 413 " in _line(wire)


def test_a_body_without_its_length_is_refused(service: Service) -> None:
    with _wire(service) as wire:
        head = (
            "POST /parcels HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: 1.opr-uji-a.1\r\n"
            f"Content-Type: {JOSE}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        )
        wire.sendall(head.encode())
        assert b" 411 " in _line(wire)


def test_a_header_without_end_is_cut_at_its_limit(service: Service) -> None:
    with _wire(service) as wire:
        wire.sendall(b"GET /replies HTTP/1.1\r\nHost: localhost\r\n")
        with pytest.raises((OSError, EOFError)):
            for _ in range(200):
                wire.sendall(b"X-Filler: " + b"x" * 1000 + b"\r\n")
            if b" 413 " in _line(wire):
                raise EOFError


def test_a_client_that_drips_is_cut_and_holds_up_nobody(
    gateway: Gateway, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "GRACE", 1)
    cut = threading.Event()

    def drip() -> None:
        with _wire(service) as wire:
            try:
                while True:
                    wire.sendall(b"G")
                    time.sleep(0.1)
            except OSError:
                cut.set()

    silent = socket.create_connection(("127.0.0.1", service.port))  # never begins a handshake
    threads = [threading.Thread(target=drip) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert service.post(gateway.parcel(service.kit, block(1)))[0] == 200
    for thread in threads:
        thread.join(30)
    silent.close()
    assert cut.is_set()


def _wire(service: Service) -> ssl.SSLSocket:
    raw = socket.create_connection(("localhost", service.port), timeout=30)
    return service.context.wrap_socket(raw, server_hostname="localhost")


def _line(wire: ssl.SSLSocket) -> bytes:
    data = wire.recv(4096)
    if not data:
        raise EOFError
    return data


def test_events_and_answers_hold_no_number(gateway: Gateway, service: Service) -> None:
    made = gateway.parcel(service.kit, block(1))
    _status, _answer, body = service.post(made)
    assert str(number(1)) not in repr(service.events)
    assert str(number(1)).encode() not in body


def test_the_delivery_that_was_stored_is_the_one_named(gateway: Gateway, service: Service) -> None:
    made = gateway.parcel(service.kit, block(1), delivery=DeliveryId(7, "opr-uji-a", 2))
    assert service.post(made)[0] == 200
    with service.kit.state.read() as tx:
        stored = parcels.by_delivery(tx, "7.opr-uji-a.2")
    assert stored is not None
