"""A partner on stage, whatever it works with."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from demo.cast import Player
from demo.shell import Service


@dataclass(frozen=True, slots=True)
class Actor(ABC):
    """A partner that runs in its own folder; `server` is what the gateway reaches it by."""

    player: Player
    home: Path
    service: Service
    server: str

    @property
    def id(self) -> str:
        """The partner id."""
        return self.player.id

    @property
    def card(self) -> Path:
        """Its card."""
        return self.home / "card.jws"

    def delivery(self, batch: int) -> str:
        """Its delivery of a batch."""
        return f"{batch}.{self.id}.1"

    @abstractmethod
    def pin(self, trust: Path) -> None:
        """Take the gateway's keys, which a phone call confirmed."""

    @abstractmethod
    def consent(self) -> None:
        """Sign what the player agrees to."""

    @abstractmethod
    def await_ready(self) -> None:
        """Return once it serves. Raises DemoFailed."""
