"""A gateway and its partners' kits over one channel, and deliveries from sealed to acknowledged."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.channels import Channel, make_kit
from bench.house import House
from bench.processes import Helper
from gateway.domain.records import InboundState
from gateway.domain.times import Micros
from gateway.jobs import TURN
from gateway.ports import DeliveryFilter
from gateway.services.dispatch import GONE, Tried
from gateway.services.lanes import Lanes
from partner.identity import load_identity

SLOTS = 4  # as `[worker] threads` has it
PATIENCE = 120.0  # seconds until every receipt must be there
PAUSE = 0.01  # seconds between two looks for receipts

Make = Callable[[Path, list[str], ExitStack], Channel]


@dataclass(frozen=True, slots=True)
class Spent:
    """What deliveries took: seconds by the wall, and of CPU by side."""

    deliveries: int
    wall: float
    cpu: dict[str, float]

    @property
    def rate(self) -> float:
        """Deliveries a second."""
        return self.deliveries / self.wall

    def each(self, side: str = "") -> float:
        """Milliseconds of CPU a delivery, of one side or of all together."""
        spent = self.cpu[side] if side else sum(self.cpu.values())
        return spent / self.deliveries * 1000


@dataclass
class World:
    """`clocks` are the CPU clocks of every side, `base` its folder."""

    base: Path
    house: House
    names: list[str]
    channel: Channel
    clocks: dict[str, Callable[[], float]]
    _tried: list[Tried] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.work = self.house.work()

    def sealed(self, names: Sequence[str], entries: int, each: int, wait: Micros = 0) -> None:
        """Release and seal `each` deliveries of so many entries for each of these partners, due
        after `wait`. A batch a partner: a large one is read whole for every slice of it."""
        for name in names:
            for _ in range(each):
                self.house.release([name], entries, wait=wait)
            self.work.sealing.seal_partner(name)

    def last_parcel(self) -> bytes:
        """What was sealed last, for a peer that is to carry the same bytes."""
        with self.house.store.read() as uow:
            newest = max(uow.deliveries.deliveries(DeliveryFilter()), key=lambda one: one.batch)
            return uow.deliveries.sealing(newest.id, 1).parcel

    def deliver(self, names: Sequence[str], each: int) -> Spent:
        """Send what is sealed, until the last receipt is verified and recorded."""
        self._tried.clear()
        wanted = each * len(names)
        before = {side: clock() for side, clock in self.clocks.items()}
        begun = time.perf_counter()
        self._turns(names, self._send)
        got = self._judge()
        if got < wanted:
            self._await(wanted - got)
            self._turns(names, self._collect)
            got += self._judge()
        wall = time.perf_counter() - begun
        if got != wanted:
            raise AssertionError(f"{got} of {wanted} receipts came")
        cpu = {side: clock() - before[side] for side, clock in self.clocks.items()}
        return Spent(wanted, wall, cpu)

    def _await(self, receipts: int) -> None:
        end = time.perf_counter() + PATIENCE
        while self.channel.waiting() < receipts:
            if time.perf_counter() > end:
                raise AssertionError(f"{receipts} receipts were to come: {self._tried[-1]}")
            time.sleep(PAUSE)

    def _turns(self, names: Sequence[str], turn: Callable[[str], bool]) -> None:
        lanes = Lanes(turn, SLOTS)
        lanes.offer((0, name) for name in names)
        lanes.wait()

    def _send(self, partner: str) -> bool:
        done = self.work.dispatch.run_partner(partner, self._tried.append, TURN)
        if done and done[-1].outcome not in GONE:
            raise AssertionError(f"not sent: {done[-1]}")
        return len(done) >= TURN

    def _collect(self, partner: str) -> bool:
        self.work.collect.collect(partner)
        return False

    def _judge(self) -> int:
        """How many receipts were accepted."""
        count = 0
        while pending := self.work.judge.pending():
            for record in pending:
                judged = self.work.judge.judge(record)
                if (judged.kind, judged.state) != ("ack", InboundState.ACCEPTED):
                    raise AssertionError(f"expected a receipt that counts, got {judged}")
                count += 1
        return count


@contextmanager
def world(make: Make, partners: int, *, kits: bool = True, database: str = "") -> Iterator[World]:
    """A fresh one with so many partners, whose kits run unless `kits` is False; all of it but a
    database given by its URL is gone afterwards."""
    names = [f"opr-{number:02}" for number in range(1, partners + 1)]
    with ExitStack() as stack:
        base = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="palang-bench-")))
        channel = make(base, names, stack)
        house = stack.enter_context(
            House(base / "gateway", database=database, settings=channel.settings)
        )
        channel.open(house)
        (base / "kits").mkdir()
        for name in names:
            make_kit(base / "kits" / name, name, channel, house)
        clocks, served = {"gateway": time.process_time, **channel.servers}, {}
        if kits:
            running = stack.enter_context(Helper("bench.kits", str(base / "kits")))
            clocks["kit"], served = running.cpu, running.told
        for name in names:
            keys = load_identity(base / "kits" / name, house.clock.now()).trust.keys
            place = channel.place(name, served)
            house.partner(name, place.channel, keys, reply=place.reply, peer=place.peer)
        yield World(base, house, names, channel, clocks)
