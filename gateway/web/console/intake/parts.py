"""What the intake's pages are given, and what waits between them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gateway.domain.records import Intake
from gateway.ports import Clock
from gateway.ports.views.intake import IntakePages
from gateway.services.hold_acts import HoldActs
from gateway.services.hold_context import HoldContext
from gateway.services.hold_pages import HoldPages
from gateway.services.holds import HoldQueue
from gateway.services.intake import Intakes
from gateway.services.intake_preview import Previews
from gateway.services.intake_rows import IntakeRows
from gateway.services.list_wants import AskedLists
from gateway.services.source_inbox import SourceInbox
from gateway.web.console.intake.shelf import Shelf
from gateway.web.console.intake.uploads import Upload, Uploads
from gateway.web.console.jobs import Job

WAITING = 10  # files that one account may have waiting, each of at most the form's size


@dataclass(frozen=True, slots=True)
class Codes:
    """What a form offers: sources that are known, categories, channels."""

    sources: tuple[str, ...]
    categories: tuple[str, ...]
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IntakeParts:
    """The services behind the pages; `codes` reads what the forms offer now."""

    clock: Clock
    intakes: Intakes
    previews: Previews
    pages: IntakePages
    rows: IntakeRows
    queue: HoldQueue
    holds: HoldPages
    context: HoldContext
    acts: HoldActs
    inbox: SourceInbox
    asked: AskedLists
    codes: Callable[[], Codes]
    folder: Path


@dataclass(slots=True)
class Adding:
    """A file on its way in: what it is called, the preview that it came from, the job that stores
    it; `unsaved` where its columns could not be kept for the source."""

    words: str
    upload: str
    unsaved: bool = False
    job: Job[Intake] = field(init=False)


@dataclass(slots=True)
class Desk:
    """The parts, and what each account has on its desk."""

    parts: IntakeParts
    uploads: Uploads = field(init=False)
    waiting: Shelf[Upload] = field(init=False)
    adding: Shelf[Adding] = field(init=False)

    def __post_init__(self) -> None:
        clock = self.parts.clock
        self.uploads = Uploads(self.parts.folder)
        self.waiting = Shelf(clock, Upload.remove, most=WAITING)
        self.adding = Shelf(clock, busy=lambda one: not one.job.ended)

    def sweep(self) -> None:
        """Let go what waited too long."""
        self.waiting.sweep()
        self.adding.sweep()
