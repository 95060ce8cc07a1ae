"""The faults of a simulated partner: one TOML file, read strictly. All shares are 0 to 1.

seed = 7
[faults]        what becomes of a statement; the rest of the share is honest
silent = 0.02
wrong_key = 0.01
[outcomes]      weights of what an operator says of a block; an OTT has its own
diblokir_total = 88
[delay]         log-normal, by the kit's clock; 0 answers at once
median_minutes = 40
over_a_day = 0.05
"""

import math
import random
import tomllib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gateway.domain import dispositions
from gateway.domain.errors import InputError
from gateway.domain.times import MINUTE, Micros


class Fault(StrEnum):
    """What a simulated partner does wrong."""

    SILENT = "silent"
    LOST_REPLY = "lost_reply"
    DUPLICATE = "duplicate"
    REORDER = "reorder"
    WRONG_KEY = "wrong_key"
    RETIRED_KEY = "retired_key"
    WRONG_DIGEST = "wrong_digest"
    OVER_CLAIM = "over_claim"
    SLOW = "slow"
    GARBAGE = "garbage"


HARMLESS = frozenset({Fault.DUPLICATE, Fault.REORDER, Fault.SLOW})
"""Faults in when or how often something is said; the statement itself is true."""

DOMAIN = {
    Fault.WRONG_KEY: 0.01,
    Fault.WRONG_DIGEST: 0.01,
    Fault.DUPLICATE: 0.02,
    Fault.SILENT: 0.02,
}
"""Shares of domain.md section 5, where the file says nothing of faults."""

OUTCOMES = {
    "diblokir_total": 88,
    "sudah_nonaktif": 4,
    "bukan_pelanggan": 3,
    "diblokir_sebagian": 2,
    "daur_ulang": 1,
    "tertunda": 2,
}
OTT_OUTCOMES = {"ditindak": 60, "tidak_ditemukan": 30, "ditinjau": 10}
_NORMAL_95 = 1.645  # of 100 log-normal waits 5 are above this many deviations
_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Delay:
    """How long an answer takes: half of them at most `median_minutes`."""

    median_minutes: float = 0.0
    over_a_day: float = 0.05

    def draw(self, dice: random.Random) -> Micros:
        """One wait, in microseconds."""
        if not self.median_minutes:
            return 0
        spread = math.log(_DAY_MINUTES / self.median_minutes) / _NORMAL_95
        return int(dice.lognormvariate(math.log(self.median_minutes), spread) * MINUTE)


@dataclass(frozen=True, slots=True)
class Faults:
    """What the file says. `repents` is the share of false answers that are followed by a true one
    when the gateway sends again."""

    seed: int = 1
    shares: dict[Fault, float] = field(default_factory=lambda: dict(DOMAIN))
    outcomes: dict[str, float] = field(default_factory=dict)
    delay: Delay = field(default_factory=Delay)
    repents: float = 1.0

    def draw(self, dice: random.Random) -> Fault | None:
        """The fault of one statement, None for none."""
        point = dice.random()
        for fault, share in self.shares.items():
            point -= share
            if point < 0:
                return fault
        return None


def read_faults(data: bytes, name: str) -> Faults:
    """Read the file. Raises InputError, naming it and the member."""
    try:
        document = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{name}: not readable as TOML: {error}") from None
    strange = set(document) - {"seed", "repents", "faults", "outcomes", "delay"}
    if strange:
        raise InputError(f"{name}: {min(strange)} is not known")
    shares = {
        Fault(key): value for key, value in _shares(document, "faults", tuple(Fault), name).items()
    }
    if sum(shares.values()) > 1:
        raise InputError(f"{name}: the shares of [faults] are more than 1 together")
    outcomes = _shares(document, "outcomes", tuple(dispositions.DISPOSITIONS), name, most=1e9)
    delay = _shares(document, "delay", ("median_minutes", "over_a_day"), name, most=1e6)
    return Faults(
        seed=int(document.get("seed", 1)),
        shares=shares if "faults" in document else dict(DOMAIN),
        outcomes=outcomes,
        delay=Delay(**delay),
        repents=_number(document.get("repents", 1.0), f"{name}: repents", 1.0),
    )


def _shares(
    document: dict[str, Any], section: str, known: tuple[str, ...], name: str, most: float = 1.0
) -> dict[str, float]:
    table = document.get(section, {})
    if not isinstance(table, dict):
        raise InputError(f"{name}: [{section}] is a section")
    for key in table:
        if key not in known:
            raise InputError(f"{name}: {section}.{key} is not known: {', '.join(known)}")
    return {key: _number(value, f"{name}: {section}.{key}", most) for key, value in table.items()}


def _number(value: object, where: str, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise InputError(f"{where}: expected a number from 0 to {most:g}")
    return float(value)
