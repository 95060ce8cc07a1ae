"""What the hold queue's pages share: the services, the drafts that wait for a signature."""

from dataclasses import dataclass, field

from gateway.domain.access import What
from gateway.domain.accounts import Right
from gateway.domain.errors import InputError, NotFound, NotPermitted
from gateway.domain.records import IntakeRow
from gateway.domain.returned import read_mark
from gateway.services.hold_draft import Draft
from gateway.web.console.frame import Frame, current
from gateway.web.console.intake.parts import IntakeParts
from gateway.web.console.intake.shelf import Shelf


@dataclass(slots=True)
class HoldDesk:
    """The parts, and each account's drafts."""

    parts: IntakeParts
    frame: Frame
    drafts: Shelf[Draft] = field(init=False)

    def __post_init__(self) -> None:
        self.drafts = Shelf(self.parts.clock)

    def look(self, intake: int, reason: str) -> bool:
        """Whether this account sees cells as they came; then the look is logged before it is
        shown. Who prepares must see a cell to decide; everybody else sees it masked."""
        if not current().may(Right.PREPARE):
            return False
        self.frame.looked(What.CASE_UNMASK, f"intake:{intake}", reason)
        return True

    def rows_of(self, intake: int, positions: list[int]) -> dict[int, IntakeRow]:
        """The rows behind what is signed."""
        return self.parts.rows.some(intake, positions)


def place_of(mark: str) -> tuple[int, int]:
    """Intake and position. Raises NotFound."""
    try:
        place = read_mark(mark)
    except InputError:
        place = None
    if place is None:
        raise NotFound("there is no such held row", hint="the list of held rows shows what waits")
    return place


def own_officer() -> str:
    """The officer whose key this account holds. Raises NotPermitted."""
    officer = current().officer
    if not officer:
        raise NotPermitted(
            "this account holds no officer's key, and a decision is an officer's signature",
            hint="an administrator joins the account with its officer",
        )
    return officer
