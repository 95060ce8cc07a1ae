"""The adapter contract of design 6, as tests; each channel and server runs them all.

A subclass gives the `rig` fixture.
"""

from __future__ import annotations

import threading
import time

import pytest

from gateway.ports import HandOver, SendError
from tests.adapters.rigs import DELIVERY, STRANGER, Keeper, KeepFailed, Rig, parcel

BIG = bytes(range(256)) * 6000  # 1.5 MB: several packets, several reads


class Contract:
    """What every channel promises."""

    def send(self, rig: Rig, data: bytes = b"sealed") -> HandOver:
        """One attempt, on a newly opened channel."""
        with rig.open() as adapter:
            return adapter.send(DELIVERY, parcel(data))

    def test_a_parcel_arrives_whole_under_its_name(self, rig: Rig) -> None:
        self.send(rig, BIG)
        assert rig.received() == {str(parcel().name): BIG}

    def test_the_hand_over_names_channel_server_and_time(self, rig: Rig) -> None:
        done = self.send(rig)
        assert done.endpoint == rig.partner.channel
        assert done.peer_fingerprint == rig.fingerprint
        assert done.remote_id
        assert done.at == 1_760_000_000_000_000

    def test_sending_again_leaves_one_parcel_with_the_same_bytes(self, rig: Rig) -> None:
        self.send(rig)
        self.send(rig)
        assert rig.received() == {str(parcel().name): b"sealed"}

    def test_a_lost_answer_is_unknown_and_a_repeat_makes_it_good(self, rig: Rig) -> None:
        rig.lose_next_answer()
        with pytest.raises(SendError) as caught:
            self.send(rig, BIG)
        assert caught.value.handed_over == "unknown"
        assert rig.received() == {str(parcel().name): BIG}  # it had arrived
        self.send(rig, BIG)
        assert rig.received() == {str(parcel().name): BIG}

    def test_another_identity_than_the_pinned_one_alerts_and_nothing_is_sent(
        self, rig: Rig
    ) -> None:
        rig.wrong_identity()
        with pytest.raises(SendError) as caught:
            self.send(rig)
        assert (caught.value.handed_over, caught.value.alert) == ("no", True)
        assert rig.received() == {}

    def test_two_parcels_lie_beside_each_other(self, rig: Rig) -> None:
        self.send(rig, b"first")
        with rig.open() as adapter:
            adapter.send("8.opr-uji-a.1", parcel(b"second", 2))
        assert sorted(rig.received().values()) == [b"first", b"second"]

    def test_statements_are_kept_in_order_and_then_removed(self, rig: Rig) -> None:
        rig.put_reply("b", b"second")
        rig.put_reply("a", b"first")
        keeper = Keeper()
        with rig.open() as adapter:
            assert adapter.collect(keeper) == 2
        assert [(item.kind, item.data) for item in keeper.kept] == [
            ("statement", b"first"),
            ("statement", b"second"),
        ]
        assert rig.replies() == set()

    def test_what_could_not_be_kept_is_not_removed(self, rig: Rig) -> None:
        for name in ("a", "b", "c"):
            rig.put_reply(name, b"statement")
        with rig.open() as adapter, pytest.raises(KeepFailed):
            adapter.collect(Keeper(fails_at=2))
        assert rig.replies() == {"b", "c"}
        keeper = Keeper()
        with rig.open() as adapter:
            assert adapter.collect(keeper) == 2

    def test_an_item_is_still_there_while_it_is_being_kept(self, rig: Rig) -> None:
        rig.put_reply("a", b"statement")
        there: list[set[str]] = []
        with rig.open() as adapter:
            adapter.collect(lambda _item: there.append(rig.replies()))
        assert there == [{"a"}]

    def test_an_empty_reply_is_no_statement(self, rig: Rig) -> None:
        rig.put_reply("a", b"")
        rig.put_reply("b", b"statement")
        keeper = Keeper()
        with rig.open() as adapter:
            assert adapter.collect(keeper) == 1
        assert [item.data for item in keeper.kept] == [b"statement"]
        assert rig.replies() == {"a"}

    def test_nothing_ready_is_no_failure(self, rig: Rig) -> None:
        with rig.open() as adapter:
            assert adapter.collect(Keeper()) == 0

    def test_a_statement_beyond_the_cap_is_left_and_alerts(self, rig: Rig) -> None:
        rig.put_reply("a", b"x" * 5000)
        keeper = Keeper()
        with rig.open() as adapter, pytest.raises(SendError) as caught:
            adapter.collect(keeper)
        assert caught.value.alert
        assert keeper.kept == []
        assert rig.replies() == {"a"}

    def test_one_collect_takes_no_more_than_its_cap(self, rig: Rig) -> None:
        for number in range(50):
            rig.put_reply(f"s{number:02}", b"statement")
        with rig.open() as adapter:
            assert adapter.collect(Keeper()) == 40
            assert adapter.collect(Keeper()) == 10

    def test_a_good_probe_names_the_server_and_leaves_nothing(self, rig: Rig) -> None:
        with rig.open() as adapter:
            report = adapter.probe()
        assert report.good, report.checks
        assert report.server
        assert report.peer_fingerprint == rig.fingerprint
        assert rig.received() == {}

    def test_a_probe_of_a_wrong_identity_says_what_to_do(self, rig: Rig) -> None:
        rig.wrong_identity()
        with rig.open() as adapter:
            report = adapter.probe()
        assert not report.good
        assert [advice for _name, held, advice in report.checks if not held] != [""]

    def test_a_channel_can_be_used_from_any_thread_and_leaves_none(self, rig: Rig) -> None:
        before = threading.active_count()
        worker = threading.Thread(target=self.send, args=(rig,))
        worker.start()
        worker.join(10)
        assert len(rig.received()) == 1
        for _ in range(200):  # a peer's own may still be ending
            if threading.active_count() <= before + 1:
                return
            time.sleep(0.05)
        raise AssertionError("the channel left a thread")


class SftpContract(Contract):
    """What the SFTP channel promises beyond that; STRANGER is a key that the server lacks."""

    def test_a_refused_login_alerts(self, rig: Rig) -> None:
        with rig.open(key=STRANGER) as adapter, pytest.raises(SendError) as caught:
            adapter.send(DELIVERY, parcel())
        assert (caught.value.handed_over, caught.value.alert) == ("no", True)
        assert "login" in str(caught.value)
