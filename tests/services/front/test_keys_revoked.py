"""A pinned key is revoked by two officers, and by nobody alone."""

import pytest

from gateway.domain.errors import Conflict, NotFound, NotPermitted, NotVerified
from gateway.domain.trust import Role, Trust
from gateway.services.approvals import Signatory
from gateway.services.keys import Keys
from tests.services.front.world import PartnerSide, World, new_signer


def _trust(world: World) -> Trust:
    with world.store.read() as uow:
        return uow.registry.trust()


def _keys(world: World) -> Keys:
    return Keys(world.store, world.approvals, world.clock)


def test_the_second_officers_word_revokes_a_partners_key(world: World) -> None:
    siti, budi = world.two_officers()
    side = world.live_partner(PartnerSide("opr-uji-a", "operator"), (siti, budi))
    kid = side.statement.kid
    assert _keys(world).revoke(kid, siti).revoked is None
    with pytest.raises(NotPermitted, match="signed key"):
        _keys(world).revoke(kid, siti)
    at = world.pass_time()
    assert _keys(world).revoke(kid, budi).revoked == at
    pin = next(key for key in _trust(world).keys if key.kid == kid)
    with pytest.raises(NotVerified) as caught:
        _trust(world).key(pin.owner, Role.STATEMENT, kid, at)
    assert caught.value.reason == "key-revoked"
    assert _trust(world).key(pin.owner, Role.STATEMENT, kid, at - 1).kid == kid
    with pytest.raises(Conflict, match="revoked already"):
        _keys(world).revoke(kid, siti)


def test_an_officers_key_an_unknown_key_and_a_strangers_word_are_refused(world: World) -> None:
    siti, budi = world.two_officers()
    side = world.live_partner(PartnerSide("opr-uji-a", "operator"), (siti, budi))
    with pytest.raises(NotPermitted) as caught:
        _keys(world).revoke(siti.signer.kid, budi)
    assert "palang officer revoke siti" in caught.value.hint
    with pytest.raises(NotFound):
        _keys(world).revoke("unknown", budi)
    with pytest.raises(NotVerified):
        _keys(world).revoke(side.statement.kid, Signatory("siti", new_signer()))
    assert all(key.revoked is None for key in _trust(world).keys)
