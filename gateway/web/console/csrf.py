"""That an unsafe request is a form of ours, of this very session (threats.md W1).

A signed-in form carries its session's token. Before that there is no session to speak of: the form
carries what a `__Host-` cookie of this origin holds, which no other site can read or set.
"""

import hmac
import secrets
from urllib.parse import urlsplit

from flask import g, request
from werkzeug.wrappers import Response

from gateway.domain.accounts import Session
from gateway.domain.errors import NotPermitted

DOOR = "__Host-palang-door"
FIELD = "csrf"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def prepare(session: Session | None) -> None:
    """Which token forms of this request's page carry."""
    g.door = request.cookies.get(DOOR) or secrets.token_urlsafe(32)
    g.csrf = session.csrf if session is not None else g.door


def check_form() -> None:
    """Raises NotPermitted for an unsafe request that is no form of ours."""
    if request.method in SAFE:
        return
    check_origin()
    sent = request.form.get(FIELD, "")
    known = g.csrf if g.session is not None else request.cookies.get(DOOR, "")
    if not known or not hmac.compare_digest(sent.encode(), known.encode()):
        raise NotPermitted(
            "The form is not of this session, or it is older than the last sign-in.",
            hint="Open the page again and send it once more.",
        )


def check_origin() -> None:
    """Raises NotPermitted for a form that another site sent (Fetch Metadata, RFC 6454).

    Under `Referrer-Policy: no-referrer` a browser says `Origin: null` for our own forms too (Fetch,
    "append a request Origin header"): then Sec-Fetch-Site, which no script can set, must vouch.
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    ours = origin is None or urlsplit(origin).netloc == request.host
    if origin == "null":
        ours = site == "same-origin"
    if not ours or site not in (None, "same-origin", "none"):
        raise NotPermitted(
            "The form was sent from another site.",
            hint="Open the console in a tab of its own and do it there.",
        )


def leave_door(response: Response) -> Response:
    """Give the browser the cookie of its forms, where it has none and no session either."""
    door = g.get("door")
    if door and g.get("session") is None and request.cookies.get(DOOR) != door:
        response.set_cookie(DOOR, door, secure=True, httponly=True, samesite="Strict", path="/")
    return response
