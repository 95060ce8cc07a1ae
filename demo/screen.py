"""What stands on the screen: plain lines, at most forty, each printed when it happens."""

import sys
from datetime import UTC, datetime

from gateway.domain.times import SECOND, from_wire, show_wib, to_wib

MOST_LINES = 40


class Screen:
    """Prints and counts."""

    def __init__(self) -> None:
        self.lines = 0

    def say(self, text: str = "") -> None:
        """One line. Raises RuntimeError for the forty-first: that is a mistake of the demo's."""
        if self.lines == MOST_LINES:
            raise RuntimeError(f"the demo has more than {MOST_LINES} lines to say")
        self.lines += 1
        print(text.rstrip())
        sys.stdout.flush()

    def part(self, title: str, text: str) -> None:
        """A line that begins a part of the story."""
        self.say(f"{title:<9}{text}")

    def more(self, text: str) -> None:
        """A line that goes on with it."""
        self.say(f"{'':<9}{text}")


def clock(stamp: str) -> str:
    """`14.03` in Jakarta, of an ISO time in UTC."""
    moment = datetime.fromisoformat(stamp.replace("Z", "+00:00")).astimezone(UTC)
    return to_wib(int(moment.timestamp()) * SECOND).strftime("%H.%M")


def moment(wire: str) -> str:
    """`24-11-2026 14.03 WIB` of a wire time."""
    return show_wib(from_wire(wire))


def short(identifier: str) -> str:
    """The beginning of a key id, fingerprint or digest, in fours: enough to tell two apart.

    In fours it can't be taken for a phone number, whatever its characters.
    """
    text = identifier.rpartition(":")[2]
    return "-".join(text[i : i + 4] for i in range(0, 12, 4))


def count(number: int) -> str:
    """`1,704`."""
    return f"{number:,}"
