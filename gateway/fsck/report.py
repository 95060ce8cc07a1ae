"""What a run found: findings by code, figures, notes; as text and as JSON."""

from collections import Counter
from dataclasses import dataclass, field

from gateway.domain.canonical import JsonObject
from gateway.fsck.codes import CODES

MOST_SHOWN = 200
"""Findings kept of each code; the rest are counted. A ruined database must not fill memory."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not hold. `about` names the delivery, batch, leaf or statement, never a
    number."""

    code: str
    about: str
    expected: str
    came: str

    @property
    def promise(self) -> str:
        """The letter of the promise that it breaks."""
        return CODES[self.code].promise

    def to_json(self) -> JsonObject:
        """As --json prints it."""
        code = CODES[self.code]
        return {
            "code": self.code,
            "promise": code.promise,
            "about": self.about,
            "means": code.means,
            "expected": self.expected,
            "came": self.came,
            "next": code.todo,
        }


@dataclass(slots=True)
class Report:
    """Collects what checks tell.

    `figures` count what was looked at, `notes` are for people; `pinned`: the gateway has a key of
    its own, without which no signature proves anything.
    """

    findings: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    figures: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    pinned: bool = True

    def found(self, code: str, about: str, expected: object, came: object) -> None:
        """Tell a finding."""
        self.counts[CODES[code].name] += 1
        if self.counts[code] <= MOST_SHOWN:
            self.findings.append(Finding(code, about, str(expected), str(came)))

    def differs(self, code: str, about: str, what: str, expected: object, came: object) -> None:
        """Tell a finding where two values that must be one are two."""
        if expected != came:
            self.found(code, about, f"{what} {_shown(expected)}", f"{what} {_shown(came)}")

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return self.pinned and not self.counts

    def to_json(self) -> JsonObject:
        """The whole run as one object."""
        return {
            "clean": self.clean,
            "findings": [finding.to_json() for finding in self.findings],
            "counts": dict(sorted(self.counts.items())),
            "looked_at": dict(sorted(self.figures.items())),
            "notes": list(self.notes),
        }

    def to_lines(self) -> list[str]:
        """The whole run as text, findings by promise."""
        lines = []
        for code in CODES.values():
            if self.counts[code.name]:
                lines += self._of_code(code.name)
        lines += [f"note: {note}" for note in self.notes]
        looked = ", ".join(f"{n} {what}" for what, n in sorted(self.figures.items()))
        lines.append(f"looked at: {looked or 'nothing'}")
        return [*lines, self._verdict()]

    def _verdict(self) -> str:
        if not self.pinned:
            return "NOT PROVEN: no key of the gateway is pinned, so no signature can be checked"
        total = sum(self.counts.values())
        return "clean: every promise holds" if self.clean else f"NOT GOOD: {total} findings"

    def _of_code(self, name: str) -> list[str]:
        code, kept = CODES[name], [f for f in self.findings if f.code == name]
        lines = [f"[{code.promise}] {name}: {code.means}"]
        lines += [f"    {f.about}: expected {f.expected}, came {f.came}" for f in kept]
        if (more := self.counts[name] - len(kept)) > 0:
            lines.append(f"    and {more} more")
        return [*lines, f"    next: {code.todo}"]


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value in (None, "") else str(value)
