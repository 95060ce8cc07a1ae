"""What is found in a waiting file: its sheets and columns at once, its rows in a job."""

from gateway.domain.errors import InputError
from gateway.services.intake_preview import Counted, Seen
from gateway.web.console.intake.parts import Desk
from gateway.web.console.intake.uploads import Upload
from gateway.web.console.jobs import Job

PATIENCE = 1.5  # seconds that a page waits for a count, so that most files show it at once


def looked_at(desk: Desk, upload: Upload) -> tuple[Seen | None, InputError | None]:
    """The file as its options read it, or why it is no list; begins the count of its rows."""
    with upload.lock:
        if upload.seen is None:
            try:
                upload.seen = desk.parts.previews.seen(upload.path, upload.real, upload.options)
            except InputError as unreadable:
                return None, unreadable
            if upload.seen.problem is None:
                upload.count = Job(_counting(desk, upload))
    if upload.count is not None:
        upload.count.wait(PATIENCE)
    return upload.seen, None


class _Counting:
    """The work of one count."""

    def __init__(self, desk: Desk, upload: Upload) -> None:
        self._previews = desk.parts.previews
        self._place = (upload.path, upload.real, upload.options)

    def __call__(self, job: Job[Counted]) -> Counted:
        return self._previews.count(*self._place, job.told)


def _counting(desk: Desk, upload: Upload) -> _Counting:
    return _Counting(desk, upload)
