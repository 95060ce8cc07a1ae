"""What a benchmark says: figures, and ratios to a named peer or limit of the same run."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Scale(StrEnum):
    """How much a run does: `tiny` shows that it runs, `quick` takes seconds, `usual` a minute,
    `full` also what takes minutes."""

    TINY = "tiny"
    QUICK = "quick"
    USUAL = "usual"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Ratio:
    """`value` times what `against` names; `at_most` or `at_least` is its goal, if it has one."""

    name: str
    value: float
    against: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is none."""
        if self.at_most is not None:
            return self.value <= self.at_most
        if self.at_least is not None:
            return self.value >= self.at_least
        return None

    def line(self) -> str:
        """For a person."""
        goal = ""
        if self.met is not None:
            bound = (
                f"at most {self.at_most:g}"
                if self.at_most is not None
                else f"at least {self.at_least:g}"
            )
            goal = f"  goal {bound}: {'met' if self.met else 'MISSED'}"
        return f"  {self.name:<58} {self.value:8.2f} x {self.against}{goal}"


@dataclass(slots=True)
class Report:
    """One table."""

    bench: str
    title: str
    lines: list[str] = field(default_factory=list)
    ratios: list[Ratio] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)

    def figure(self, name: str, value: float, unit: str) -> None:
        """One measured value, as a line and by its name."""
        self.figures[f"{name} [{unit}]"] = value
        self.lines.append(f"  {name:<58} {value:10.2f} {unit}")

    def text(self) -> str:
        """For a person."""
        return "\n".join([self.title, *self.lines, *(ratio.line() for ratio in self.ratios)])

    def document(self) -> dict[str, Any]:
        """For a machine."""
        return {
            "bench": self.bench,
            "title": self.title,
            "figures": self.figures,
            "ratios": [asdict(ratio) | {"met": ratio.met} for ratio in self.ratios],
        }
