"""What the area works with, and how its refusals are said in the reader's language."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from gateway.domain.errors import Conflict, InputError, NotVerified, PalangError
from gateway.domain.passwords import WeakPassword
from gateway.domain.staff import Stage
from gateway.services.own_account import OwnAccount
from gateway.services.own_key import OwnKeys
from gateway.services.sessions import Origin, Sessions, Ticket
from gateway.services.sign_in import Refused, SignIn
from gateway.services.throttle import Throttled
from gateway.web.console.failures import Spoken
from gateway.web.console.gate import COOKIE, give
from gateway.web.console.words import say

STEPS = {Stage.CODE: "signin.code", Stage.PASSWORD: "signin.choose", Stage.ENROL: "signin.enrol"}


@dataclass(frozen=True, slots=True)
class Desk:
    """The services of this area."""

    sign_in: SignIn
    own: OwnAccount
    keys: OwnKeys
    sessions: Sessions


def token() -> str:
    """What the browser's cookie holds."""
    return request.cookies.get(COOKIE, "")


def origin() -> Origin:
    """Where the request comes from."""
    return Origin(request.remote_addr or "", request.headers.get("User-Agent", ""))


def wanted() -> str:
    """The page to go to after all steps: one of this console, else the first."""
    to = request.values.get("to", "")
    parts = urlsplit(to)
    local = to.startswith("/") and not parts.scheme and not parts.netloc and to.isprintable()
    return to if local and "\\" not in to and not to.startswith("//") else url_for("today.index")


def onward(ticket: Ticket) -> Response:
    """To the next step, with its token."""
    if ticket.stage is Stage.OPEN:
        return give(redirect(wanted(), code=303), ticket.token)
    return give(redirect(url_for(STEPS[ticket.stage], to=wanted()), code=303), ticket.token)


def status(error: PalangError) -> int:
    """The HTTP status of a refused step."""
    if isinstance(error, Throttled):
        return 429
    return 409 if isinstance(error, Conflict) else 400 if isinstance(error, InputError) else 403


def said(error: PalangError) -> PalangError:
    """The refusal in the reader's language, where it is one of this area."""
    if isinstance(error, Throttled):
        return Spoken(
            say(
                "Too many wrong tries: the next one counts in %(seconds)s s.", seconds=error.seconds
            ),
            hint=say("Wait; if you forgot it, ask an administrator for a new password."),
        )
    if isinstance(error, Refused):
        return Spoken(
            say("The name, the password or the code is not right, or the account may not sign in."),
            hint=say("Try again; an administrator can give you a new password."),
        )
    if isinstance(error, WeakPassword):
        return Spoken(
            say(
                "The password is shorter than 12 characters, longer than 256, or one of those that"
                " are tried first: common words, names, repeats."
            ),
            hint=say("Four or five words that nobody connects with you are long and easy to keep."),
        )
    if isinstance(error, NotVerified) and error.reason == "passphrase":
        return Spoken(say("The passphrase does not open this key file."))
    if isinstance(error, Conflict):
        return Spoken(say("This sign-in has ended."), hint=say("Sign in again."))
    return error
