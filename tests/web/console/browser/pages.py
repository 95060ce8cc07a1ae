"""A small gateway with something on every page, served, and whoever may look at each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bench.console_pages import Asked, asked_pages
from bench.console_town import SMALL, Town
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.web.console.server import Serving, consoling


@contextmanager
def small_town(folder: Path) -> Iterator[Town]:
    """As the benchmark's, with few rows."""
    made = Town(folder, SMALL)
    try:
        yield made
        assert made.house.failures == []
    finally:
        made.close()


@contextmanager
def served(town: Town) -> Iterator[str]:
    """Its address, as a browser keeps secure cookies for it."""
    with consoling(town.app, Serving("127.0.0.1:0")) as address:
        yield address.replace("127.0.0.1", "localhost")


def all_pages(town: Town) -> list[Asked]:
    """Every page that can be asked for; the page of signing in beside them."""
    return [*asked_pages(town), Asked("signin.page", "/sign-in", "")]


def speak(town: Town, language: str) -> None:
    """Every account reads this language from now on."""
    with town.store.write() as uow:
        for record in uow.staff.all():
            event = LedgerEvent(Tag.ACCOUNT_CHANGE, town.now, {"account": record.id})
            uow.staff.put(replace(record, language=language), event)
        uow.commit("account.change")
