"""What has not arrived: gaps between parcels, and what a head names beyond the last of them."""

from dataclasses import dataclass

from gateway.domain.times import MINUTE, Micros
from gateway.domain.trust import Trust
from partner import heard, parcels
from partner.parcels import Gap
from partner.state import Tx

ON_ITS_WAY = 10 * MINUTE  # microseconds that a parcel may be behind the head that names it


@dataclass(frozen=True, slots=True)
class Missing:
    """Gaps of the epoch that runs, lowest first."""

    epoch: int
    gaps: tuple[Gap, ...]


def missing(tx: Tx, pins: Trust, at: Micros) -> Missing:
    """What is missing now. A head may be ahead of its parcel for a while."""
    epoch, gaps = parcels.newest_epoch(tx), parcels.gaps(tx)
    last = parcels.last_sequence(tx)  # voids are of earlier sequences
    head = heard.newest_head(tx, pins)
    if head is None or head.epoch < epoch:
        return Missing(max(epoch, 1), tuple(gaps))
    if head.epoch > epoch:
        epoch, gaps, last = head.epoch, [], 0
    if head.sequence > last and at - head.since >= ON_ITS_WAY:
        gaps.append(Gap(last + 1, head.sequence))
    return Missing(max(epoch, 1), tuple(gaps))
