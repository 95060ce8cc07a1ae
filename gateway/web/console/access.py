"""Who may open which page: a rule beside every view; without one the application does not start.

A route without a rule would be open to whoever finds it, so `rules` refuses it (threats.md W5).
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from flask import Flask

from gateway.domain.accounts import Right

View = TypeVar("View", bound=Callable[..., Any])


class Public:
    """The rule of a page that needs no session: sign-in, and what its look is made of."""


class SignedIn:
    """The rule of a page for every account, whatever its role: its own settings."""


PUBLIC: Final = Public()
SIGNED_IN: Final = SignedIn()
Rule = Right | Public | SignedIn


def needs(rule: Rule) -> Callable[[View], View]:
    """Declare a view's rule; stands under the route's own decorator."""

    def declare(view: View) -> View:
        view.rule = rule  # type: ignore[attr-defined]  # functions carry it to `rules`
        return view

    return declare


def rules(app: Flask) -> dict[str, Rule]:
    """The rule of each endpoint. Raises LookupError, naming the routes that declare none."""
    found = {name: getattr(view, "rule", None) for name, view in app.view_functions.items()}
    bare = sorted(name for name, rule in found.items() if rule is None)
    if bare:
        raise LookupError(f"routes without a declared rule: {', '.join(bare)}; see needs()")
    return {name: rule for name, rule in found.items() if rule is not None}
