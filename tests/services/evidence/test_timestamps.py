"""Time-stamps of a real authority (openssl ts): asked for, kept, carried, and checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters.timestamps import HttpAuthority
from gateway.domain import bundle
from gateway.domain.errors import NotVerified
from gateway.domain.records import SignedCheckpoint
from gateway.domain.times import DAY, HOUR, MINUTE, SECOND, Micros
from gateway.domain.trust import Trust, read_trust, write_trust
from gateway.ports import SendError
from gateway.ports.timestamps import Stamp
from gateway.services.evidence import EvidenceService, Exported
from gateway.services.examination import Status
from gateway.services.timestamps import PATIENCE, TimestampService
from gateway.services.verdict import Report, Result
from gateway.services.verifying import verify
from keys import timestamps
from keys.jws import JoseSignatures
from keys.notes import C2spNotes
from keys.timestamps import Rfc3161Timestamps
from tests.peers.tsa import Authority, Server
from tests.services.back.parts import SetClock
from tests.services.back.world import entry, numbers
from tests.services.evidence.road import Road
from tests.services.evidence.test_exports_whole import month_of

pytestmark = pytest.mark.openssl

A = "1.opr-uji-a.1"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "uji")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "lain", extensions="other")


@pytest.fixture
def server(authority: Authority) -> Iterator[Server]:
    made = Server(authority)
    yield made
    made.close()


def asking(authority: Authority) -> Callable[[bytes], tuple[bytes, Callable[[bytes], None]]]:
    def ask(data: bytes) -> tuple[bytes, Callable[[bytes], None]]:
        asked = timestamps.request(data)

        def check(token: bytes) -> None:
            Rfc3161Timestamps().verify(token, data, (authority.root,))
            if not timestamps.answers(token, asked):
                raise NotVerified("timestamp", "another request's")

        return asked.as_bytes(), check

    return ask


class Stamping:
    """A road with an authority."""

    def __init__(self, road: Road, server: Server, authority: Authority) -> None:
        self.road, self.gone = road, set[int]()
        web = HttpAuthority(server.url, asking(authority))
        self.service = TimestampService(road.store, road.clock, web, self._holds)
        covering = road.checkpoints.covering
        self.evidence = EvidenceService(road.store, road.clock, covering, self.service)

    def _holds(self, head: SignedCheckpoint) -> bool:
        return head.size not in self.gone


@pytest.fixture
def road(tmp_path: Path, authority: Authority) -> Iterator[Road]:
    """One that begins in the authority's own time, which is the machine's."""
    now = Rfc3161Timestamps().verify(authority.stamp(b"now"), b"now", (authority.root,)).at
    made = Road(tmp_path, SetClock(now))
    yield made
    made.close()


@pytest.fixture
def stamping(road: Road, server: Server, authority: Authority) -> Stamping:
    made = Stamping(road, server, authority)
    road.partner("opr-uji-a")
    road.release([entry(n) for n in numbers(2)])
    road.round()
    return made


def checked(road: Road, exported: Exported, *anchors: str) -> tuple[Report, Result]:
    trust = Trust(road.trust().gateway, road.trust().keys, anchors)
    stamps = Rfc3161Timestamps()
    report = verify(exported.data, trust, JoseSignatures(), C2spNotes(), stamps=stamps)
    return report, report.results[28]


def test_an_export_carries_a_token_that_the_pinned_authority_vouches_for(
    stamping: Stamping, authority: Authority
) -> None:
    exported = stamping.evidence.delivery(A, "tester")
    report, time = checked(stamping.road, exported, authority.root)
    assert [result.line() for result in report.failed] == []
    assert time.status is Status.OK
    assert "CN=Uji Time Stamping" in time.detail
    members = bundle.unpack(exported.data)
    token, note = members["ledger/timestamp.tsr"], members["ledger/checkpoint.note"]
    assert authority.verifies(token, note), "openssl ts -verify, as the guide says"


def test_without_a_pinned_authority_the_time_is_the_gateways_own_word(stamping: Stamping) -> None:
    exported = stamping.evidence.delivery(A, "tester")
    report, time = checked(stamping.road, exported)
    assert report.passed
    assert (time.status, "the gateway's own word" in time.detail) == (Status.NOT_CHECKED, True)


def test_a_token_of_another_authority_fails(stamping: Stamping, stranger: Authority) -> None:
    exported = stamping.evidence.delivery(A, "tester")
    report, time = checked(stamping.road, exported, stranger.root)
    assert [(r.number, r.reason) for r in report.failed] == [(29, "timestamp")]
    assert "ErrorStack" not in time.detail


@pytest.mark.parametrize("change", ["other note", "garbage", "flipped"])
def test_a_token_that_does_not_hold_fails(
    stamping: Stamping, authority: Authority, change: str
) -> None:
    members = bundle.unpack(stamping.evidence.delivery(A, "tester").data)
    token = members["ledger/timestamp.tsr"]
    flipped = bytearray(token)
    flipped[-5] ^= 1
    ways: dict[str, Callable[[], bytes]] = {
        "other note": lambda: authority.stamp(b"x"),
        "garbage": lambda: b"0\x80",
        "flipped": lambda: bytes(flipped),
    }
    members["ledger/timestamp.tsr"] = ways[change]()
    exported = Exported("x", bundle.pack(members), "", stamping.evidence.delivery(A, "t").cover)
    report, _time = checked(stamping.road, exported, authority.root)
    assert [(r.number, r.reason) for r in report.failed] == [(29, "timestamp")]


def test_a_ledger_stamped_before_its_own_events_lies(
    stamping: Stamping, authority: Authority
) -> None:
    """The gateway's clock ran ahead of what the authority saw."""
    exported = stamping.evidence.delivery(A, "tester")

    class Early:
        def verify(self, token: bytes, data: bytes, anchors: object) -> Stamp:
            found = Rfc3161Timestamps().verify(token, data, (authority.root,))
            return Stamp(found.at - DAY, found.authority)

    trust = Trust(stamping.road.trust().gateway, stamping.road.trust().keys, (authority.root,))
    report = verify(exported.data, trust, JoseSignatures(), C2spNotes(), stamps=Early())
    assert [(r.number, r.reason) for r in report.failed] == [(29, "timestamp")]


def test_the_worker_stamps_a_grown_ledger_once_a_rhythm(stamping: Stamping, server: Server) -> None:
    road, service = stamping.road, stamping.service
    first = service.due()
    assert first is not None and service.due() is None and server.asked == 1
    road.release([entry(n) for n in numbers(4)[2:]])
    road.round()
    assert service.due() is None, "the rhythm has not passed"
    road.pass_time(HOUR)
    second = service.due()
    assert second is not None and second.head.size > first.head.size
    road.pass_time(DAY)
    assert service.due() is None, "nothing new"


def test_evidence_is_read_under_the_first_stamped_head_that_covers_it(
    stamping: Stamping, authority: Authority
) -> None:
    """What came later does not move the stamp of what was before."""
    road = stamping.road
    road.pass_time(2 * MINUTE)
    road.checkpoints.due()
    first = stamping.service.due()
    assert first is not None
    road.release([entry(n) for n in numbers(4)[2:]])
    road.round()
    exported = stamping.evidence.delivery(A, "tester")
    assert bundle.unpack(exported.data)["ledger/checkpoint.note"].decode() == first.head.note
    report, time = checked(road, exported, authority.root)
    assert report.passed and time.status is Status.OK


def test_a_stamped_head_whose_key_counts_no_more_is_passed_over(stamping: Stamping) -> None:
    road = stamping.road
    first = stamping.service.due()
    assert first is not None
    stamping.gone.add(first.head.size)
    road.release([entry(n) for n in numbers(4)[2:]])
    exported = stamping.evidence.delivery(A, "tester")
    assert bundle.unpack(exported.data)["ledger/checkpoint.note"].decode() != first.head.note


@pytest.mark.parametrize(
    "broken", [(503, b""), (200, b"x"), (200, b"x" * 70_000), (302, b""), "down", "stale"]
)
def test_an_authority_that_is_down_or_lies_stops_nothing(
    stamping: Stamping, server: Server, authority: Authority, broken: tuple[int, bytes] | str
) -> None:
    if broken == "down":
        server.close()
    elif broken == "stale":
        server.broken = (200, authority.stamp(b"another"))
    else:
        assert isinstance(broken, tuple)
        server.broken = broken
    with pytest.raises(SendError, match="gave no token"):
        stamping.service.due()
    assert stamping.service.due() is None, "it is left alone for a while"
    exported = stamping.evidence.delivery(A, "tester")
    report, time = checked(stamping.road, exported, authority.root)
    assert report.passed
    assert (time.status, "the gateway's own word" in time.detail) == (Status.NOT_CHECKED, True)
    if broken != "down":
        server.broken = None
        stamping.road.pass_time(PATIENCE)
        assert stamping.service.due() is not None
    else:
        server.__init__(authority)  # type: ignore[misc]  # so that the fixture can close it


def test_a_months_and_a_numbers_bundles_carry_it_too(
    stamping: Stamping, authority: Authority
) -> None:
    (by_month,) = stamping.evidence.month(month_of(stamping.road), "tester")
    for exported in (by_month, stamping.evidence.number(numbers(2)[0], "tester")):
        report, time = checked(stamping.road, exported, authority.root)
        assert [result.line() for result in report.failed] == []
        assert time.status is Status.OK


def test_a_trust_file_keeps_its_authorities(stamping: Stamping, authority: Authority) -> None:
    trust = stamping.road.trust()
    pinned = Trust(trust.gateway, trust.keys, (authority.root,))
    assert read_trust(write_trust(pinned)).timestamp == (authority.root,)
    assert b"timestamp" not in write_trust(trust)
    wrong = write_trust(pinned).replace(b"BEGIN CERTIFICATE", b"BEGIN SOMETHING")
    (_, _), bad = (1, 2), read_trust(wrong).timestamp
    with pytest.raises(NotVerified, match="no certificate"):
        Rfc3161Timestamps().verify(authority.stamp(b"x"), b"x", bad)


@pytest.mark.parametrize("digest", ["-sha384", "-sha512"])
def test_other_strong_digests_are_read(authority: Authority, digest: str) -> None:
    token = authority.stamp(b"note", digest)
    found: Stamp = Rfc3161Timestamps().verify(token, b"note", (authority.root,))
    second: Micros = SECOND
    assert found.at % second == 0
    with pytest.raises(NotVerified):
        Rfc3161Timestamps().verify(token, b"other", (authority.root,))
