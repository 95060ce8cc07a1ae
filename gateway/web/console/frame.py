"""What every area of the console is given: who asks, the time, and what an act needs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from flask import Blueprint, g

from gateway.domain.accounts import Account, Right, Session
from gateway.ports import Clock
from gateway.services.approvals import Signatory


class Sessions(Protocol):
    """Sessions by the token of their cookie."""

    def session(self, token: str) -> Session | None:
        """The live session of this token, None for none; seen now."""
        ...


class Looking(Protocol):
    """The access log."""

    def __call__(self, what: str, subject: str, reason: str = "") -> None:
        """Note that the account of this request looked at or took `subject`; `what` is a code of
        the log's closed list."""
        ...


@dataclass(frozen=True, slots=True)
class Frame:
    """The shared parts. `unlock` opens the officer key of the account that asks with the passphrase
    of the form, for one act; it raises NotPermitted. `test` marks a gateway of synthetic numbers.
    """

    gateway: str
    clock: Clock
    sessions: Sessions
    unlock: Callable[[Account, str], Signatory]
    looked: Looking
    test: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of the menu: English words, the endpoint, who sees it."""

    words: str
    endpoint: str
    right: Right


@dataclass(frozen=True, slots=True)
class Area:
    """One area: its pages, and where the menu leads to them."""

    pages: Blueprint
    links: tuple[Link, ...] = field(default=())


def current() -> Account:
    """The account that asks; only behind a rule that needs a session."""
    session: Session = g.session
    return session.account
