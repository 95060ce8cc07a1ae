"""POST /v1/<partner>/checkpoint, /consistency and /proof: what a partner can hold the ledger to.

    checkpoint            the newest signed head that lies here (C2SP tlog-checkpoint)
    consistency?old=N     that it begins with the first N leaves (C2SP tlog-witness)
    proof?of=sha256:...   the leaf that records a statement or manifest of the partner's own
                          (C2SP tlog-proof, with the leaf's opening)

The epoch in the signed request must be the one that is shown: a recovery may have lost leaves, and
two officers declare that by a new epoch. What follows `?` only narrows, so it needs no signature.
"""

from collections.abc import Callable

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, NotFound

from gateway.domain import merkle, tiles
from gateway.domain.canonical import is_digest
from gateway.domain.proofs import Growth, Inclusion, growth_text, inclusion_text
from gateway.ports import RequestUse
from gateway.ports.exchange import Resource
from gateway.ports.tree import PublishedTree
from gateway.web.authentication import admit, open_request
from gateway.web.bodies import MAX_REQUEST, body_of, check_head
from gateway.web.listener import Happened, Listener

_MOST_DIGITS = 15
_TEXT = "text/plain; charset=utf-8"

Make = Callable[[Listener, PublishedTree, RequestUse], str]


def tree_blueprint(listener: Listener) -> Blueprint:
    """The resources, over these parts."""
    blueprint = Blueprint("tree", __name__)

    @blueprint.post("/<partner:partner>/checkpoint")
    def checkpoint(partner: str) -> Response:
        """The newest signed head."""
        return _answer(listener, partner, "checkpoint", lambda _listener, tree, _use: tree.note)

    @blueprint.post("/<partner:partner>/consistency")
    def consistency(partner: str) -> Response:
        """That the newest head's tree begins with the first `old` leaves."""
        return _answer(listener, partner, "consistency", _growth)

    @blueprint.post("/<partner:partner>/proof")
    def proof(partner: str) -> Response:
        """That the ledger records what the partner said, or was sent."""
        return _answer(listener, partner, "proof", _inclusion)

    return blueprint


def _answer(listener: Listener, partner: str, resource: Resource, make: Make) -> Response:
    length = check_head(MAX_REQUEST)
    caller = admit(listener, partner)
    with body_of(length) as data:
        use = open_request(listener, caller, data, resource)
    listener.exchange.used(use)
    tree = listener.exchange.tree()
    if tree is None or tree.epoch != use.epoch:
        raise NotFound
    text = make(listener, tree, use)
    listener.tell(Happened(resource, 200, partner, use.digest))
    return Response(text.encode(), 200, content_type=_TEXT)


def _growth(listener: Listener, tree: PublishedTree, _use: RequestUse) -> str:
    old = _old(request.args.get("old", ""))
    if old > tree.size:
        raise NotFound
    node = tiles.nodes(listener.exchange.tile)
    return growth_text(Growth(old, tuple(merkle.consistency(old, tree.size, node)), tree.note))


def _old(text: str) -> int:
    """The older size. Raises BadRequest."""
    plain = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    if not plain or int(text) == 0:
        raise BadRequest
    return int(text)


def _inclusion(listener: Listener, tree: PublishedTree, use: RequestUse) -> str:
    named = request.args.get("of", "")
    if not is_digest(named):
        raise BadRequest
    own = listener.exchange.own_leaf(use.partner, named)
    if own is None or own.leaf >= tree.size:
        raise NotFound
    node = tiles.nodes(listener.exchange.tile)
    path = tuple(merkle.inclusion(own.leaf, tree.size, node))
    return inclusion_text(Inclusion(own.leaf, path, tree.note, own.opening))
