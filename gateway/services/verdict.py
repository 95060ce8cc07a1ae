"""What the verifier reports: numbered results, what is claimed, and the keys that were used."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gateway.domain.errors import NotVerified
from gateway.domain.signed_forms import TOOL_MISSING
from gateway.domain.times import Micros
from gateway.domain.trust import Owner, PinnedKey, Role, Trust
from gateway.services.announced import Announced, unpinned, with_announced
from gateway.services.claims import Claim
from gateway.services.dossier import Head, Leaf
from gateway.services.examination import Check, Finding, Status
from gateway.services.whole import WholeHead


class Watched(Trust):
    """Pinned keys that remember which of them something was found to be signed with, and as of
    when they were valid."""

    def __init__(self, trust: Trust) -> None:
        super().__init__(trust.gateway, trust.keys, trust.timestamp)
        self._uses: dict[tuple[str, Micros], PinnedKey] = {}
        self._announced: dict[str, str] = {}

    def beside(self, items: Iterable[Announced], leaves: Iterable[Leaf]) -> "Watched":
        """These pins with what a bundle announces; they remember together."""
        kept = tuple(items)
        found = Watched(with_announced(self, kept, leaves))
        found._uses = self._uses  # its own class
        found._announced = self._announced
        for item in unpinned(kept, self):
            if item.grants:
                self._announced[item.key.kid] = item.officers
        return found

    def key(self, owner: Owner, role: Role, kid: str, at: Micros) -> PinnedKey:
        """As Trust.key."""
        found = super().key(owner, role, kid, at)
        self._uses[kid, at] = found
        return found

    def uses(self) -> tuple["Used", ...]:
        """Each key once, with the first and last moment at which it had to be valid."""
        moments: dict[str, list[Micros]] = {}
        for kid, at in self._uses:
            moments.setdefault(kid, []).append(at)
        keys = {key.kid: key for key in self._uses.values()}
        told = self._announced
        used = (
            Used(keys[kid], min(ats), max(ats), told.get(kid, "")) for kid, ats in moments.items()
        )
        return tuple(sorted(used, key=lambda one: (one.key.owner, one.key.role, one.first)))


@dataclass(frozen=True, slots=True)
class Used:
    """A key that the bundle rests on: it was valid from `first` to `last`, by the ledger.
    `announced` are the officers who brought it in, where the trust file does not have it."""

    key: PinnedKey
    first: Micros
    last: Micros
    announced: str = ""

    def status(self, now: Micros) -> str:
        """What the key is by now; it proves what it signed before all the same."""
        key = self.key
        if key.revoked is not None and now >= key.revoked:
            return "revoked"
        if now >= key.not_after:
            return "expired"
        return "valid" if key.valid_at(now) else "not yet valid"


@dataclass(frozen=True, slots=True)
class Result:
    """How one check ended; `reason` is the stable code of a failure. `unable`: a tool is missing,
    so that nothing is proven."""

    number: int
    title: str
    status: Status
    detail: str = ""
    reason: str = ""
    unable: bool = False

    def line(self) -> str:
        """`[ 3] title: ok (detail)`."""
        tail = f" {self.reason}: {self.detail}" if self.reason else f" ({self.detail})"
        return f"[{self.number:2}] {self.title}: {self.status}{tail if self.detail else ''}"


@dataclass(frozen=True, slots=True)
class Told:
    """What one delivery's bundle claims."""

    head: Head
    claim: Claim
    voluntary: bool


@dataclass(frozen=True, slots=True)
class Report:
    """All results. `keys` are those that the bundle shows, for comparing fingerprints; `told` what
    is claimed of each delivery; `whole` heads a bundle of several."""

    results: tuple[Result, ...]
    pinned: bool
    keys: tuple[PinnedKey, ...] = ()
    told: tuple[Told, ...] = ()
    readable: bool = False
    used: tuple[Used, ...] = ()
    whole: WholeHead | None = None

    @property
    def failed(self) -> tuple[Result, ...]:
        """The checks that failed."""
        return tuple(r for r in self.results if r.status is Status.FAILED)

    @property
    def passed(self) -> bool:
        """Whether every check that applies holds under pinned keys."""
        unable = any(result.unable for result in self.results)
        return self.pinned and not self.failed and self.readable and not unable

    @property
    def _one(self) -> Told | None:
        return self.told[0] if self.whole is None and self.told else None

    @property
    def head(self) -> Head | None:
        """Of a single delivery that can be read."""
        return self._one.head if self._one else None

    @property
    def claim(self) -> Claim | None:
        """Of a single delivery that can be read."""
        return self._one.claim if self._one else None

    @property
    def voluntary(self) -> bool:
        """Whether the single delivery was no order."""
        return bool(self._one and self._one.voluntary)


def run(check: Check, act: Callable[[], Finding]) -> Result:
    """One check; what it raises is its result."""
    try:
        finding = act()
    except NotVerified as error:
        if error.reason == TOOL_MISSING:
            return Result(check.number, check.title, Status.NOT_CHECKED, str(error), unable=True)
        return Result(check.number, check.title, Status.FAILED, str(error), error.reason)
    return Result(check.number, check.title, finding.status, finding.detail)
