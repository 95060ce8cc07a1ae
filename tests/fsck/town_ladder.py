"""A self-test ladder as the gateway keeps one, for a town."""

from gateway.domain.ladder.rungs import KIND, LadderResult
from gateway.domain.times import SECOND
from gateway.domain.trust import Role
from gateway.services.ladder_book import open_book
from tests.services.back.parts import GATEWAY
from tests.services.back.world import World


def climb(town: World, partner: str) -> None:
    """A climb in which nothing was tried, with its signed result."""
    with town.store.read() as uow:
        card = uow.registry.partner(partner).card
    now = town.clock.now()
    book = open_book(town.store, town.clock, partner, card, anew=True)
    book.add("statement", b"sebuah jawaban")
    result = LadderResult(GATEWAY, partner, card, now // SECOND * SECOND, (), ())
    signer = town.keyring.signer(Role.STATEMENT, now)
    book.add("result", town.signatures.sign(result.to_bytes(), KIND, signer))
