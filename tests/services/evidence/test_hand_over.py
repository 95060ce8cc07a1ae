"""Which hand-over a bundle proves: a fetch, or a channel's word that did not come back."""

from __future__ import annotations

from gateway.domain import bounced, bundle
from gateway.domain.bounced import Bounced
from gateway.domain.times import DAY, HOUR
from gateway.services.examination import Status
from tests.services.back.world import entry, numbers
from tests.services.evidence.road import Road
from tests.services.evidence.test_exports import A, passed


def test_what_only_lies_ready_was_not_handed_over(road: Road) -> None:
    peer = road.partner("opr-uji-a", channel="pull:opr-uji-a")
    peer.ready = []
    road.release([entry(n) for n in numbers(2)])
    road.round()
    claim = passed(road, road.evidence.delivery(A, "tester")).claim
    assert claim is not None
    assert (claim.state, claim.handed_over) == ("SENT", None)


def test_a_fetch_is_the_hand_over_of_what_lay_ready(road: Road) -> None:
    peer = road.partner("opr-uji-a", channel="pull:opr-uji-a")
    peer.ready = []
    road.release([entry(n) for n in numbers(2)])
    road.round()
    road.pass_time(2 * DAY)
    fetched_at = road.clock.now()
    peer.fetch()
    road.round()
    road.pass_time(HOUR)
    file = road.evidence.delivery(A, "tester")
    report = passed(road, file)
    claim, words = report.claim, [n for n in bundle.unpack(file.data) if n.startswith("fetches/")]
    assert claim is not None
    assert (claim.state, claim.handed_over, claim.done) == ("ACKNOWLEDGED", fetched_at, 2)
    assert len(words) == 1
    (shown,) = (result for result in report.results if result.number == 30)
    assert (shown.status, shown.detail[:6]) == (Status.OK, "1, by ")


def test_a_mail_that_came_back_was_not_handed_over(road: Road) -> None:
    peer = road.partner("opr-uji-a")
    peer.answers = False
    road.release([entry(n) for n in numbers(2)])
    road.round()
    peer.drop("bounce", bounced.to_bytes(Bounced(A, A, "5.1.1", road.clock.now())))
    road.round()
    claim = passed(road, road.evidence.delivery(A, "tester")).claim
    assert claim is not None
    assert (claim.state, claim.handed_over) == ("QUEUED", None)
    peer.answers = True
    road.pass_time(HOUR)
    again = road.clock.now()
    road.round()
    claim = passed(road, road.evidence.delivery(A, "tester")).claim
    assert claim is not None
    assert (claim.state, claim.handed_over) == ("ACKNOWLEDGED", again)
