"""How a gateway is, as monitoring asks it: levels, findings, heartbeats, figures (counts and ids
only, never a number: promise H)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum

from gateway.domain.times import Micros


class Level(IntEnum):
    """As Nagios and Zabbix count: the exit code of a check."""

    OK = 0
    WARNING = 1
    CRITICAL = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. `advice` is the next step, never empty above OK.

    `figure` with `unit` (s, %, "") is what monitoring draws, with the thresholds `warn` and `crit`;
    where `floor`, the figure is bad below them.
    """

    name: str
    level: Level
    text: str
    advice: str = ""
    figure: float | None = None
    unit: str = ""
    warn: float | None = None
    crit: float | None = None
    floor: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a module: its name, and what runs it."""

    name: str
    run: Callable[[], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A worker's last sign of life: `worker` names its place (`host#1`), `at` is its tick's end."""

    worker: str
    host: str
    pid: int
    version: str
    at: Micros


@dataclass(frozen=True, slots=True)
class PartnerFigures:
    """One partner in counts. `unsent_since` is when its oldest delivery was queued that nobody has
    taken, `failing` how many of its last attempts failed in a row, and `error_since` the first of
    these."""

    partner: str
    kind: str
    live: bool
    states: tuple[tuple[str, int], ...]
    attempts: tuple[tuple[str, int], ...]
    unsent_since: Micros | None
    failing: int
    error_since: Micros | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that is counted in one view of the database.

    `checkpoint_at` is of the latest signed head over `checkpoint` leaves; `newest` is the latest
    moment that the ledger knows, `pending_since` that of the oldest item that waits to be judged.
    """

    partners: tuple[PartnerFigures, ...]
    inbound: tuple[tuple[str, int], ...]
    pending_since: Micros | None
    ledger: int
    checkpoint: int
    checkpoint_at: Micros | None
    newest: Micros
    batches: tuple[tuple[str, int], ...]
    beats: tuple[Heartbeat, ...]
