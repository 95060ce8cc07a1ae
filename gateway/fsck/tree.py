"""The ledger's tree: leaves without a gap, openings, nodes, index, and the history it shows.

The root is computed anew from the leaves in one pass, and compared wherever a signed head says what
it was: stored checkpoints, those kept elsewhere, and those that partners were shown (promise D).
"""

from collections.abc import Iterator
from itertools import count as counting

from gateway.domain import ledger, merkle
from gateway.domain.canonical import decode as read_json
from gateway.domain.canonical import encode
from gateway.domain.errors import NotVerified
from gateway.domain.frontier import Frontier
from gateway.domain.ledger import Tag
from gateway.domain.times import from_wire
from gateway.fsck.case import Case
from gateway.fsck.merging import merged
from gateway.fsck.plain import holds_number, reference_shows_number
from gateway.fsck.sql import count, one

_TAGS = frozenset(str(tag) for tag in Tag)


def check_leaves(case: Case) -> None:
    """Read every leaf once: the gap, the opening, the event, the heads; fills `case.facts`."""
    size = _size(case)
    if not count(case.core, "SELECT count(*) FROM ledger_head"):
        case.found("leaf-missing", "the ledger", "a head", "none")
    heads = _Heads(case)
    tree, expected = Frontier(), 0
    rows = case.core.stream("SELECT leaf, entry, salt, event FROM ledger_leaves ORDER BY leaf")
    for leaf, entry, salt, event in case.counted("leaves", rows):
        if leaf == size:
            case.found("leaf-beyond", f"leaf {leaf}", f"{size} leaves, as the head says", "more")
        if leaf != expected:
            case.found("leaf-missing", f"leaf {expected}", f"leaves up to {leaf}", "a gap")
            heads.lost = True
        expected = leaf + 1
        tree.append(merkle.leaf_hash(entry))
        heads.reached(tree)
        _opening(case, leaf, entry, salt, event)
    if expected < size:
        case.found("leaf-missing", f"leaf {expected}", f"{size} leaves, as the head says", expected)
    heads.beyond(expected)
    case.facts.index()


def _size(case: Case) -> int:
    """What the head says; without one, what is there."""
    row = one(case.core, "SELECT size FROM ledger_head")
    return int(row[0]) if row else count(case.core, "SELECT max(leaf) + 1 FROM ledger_leaves")


class _Heads:
    """The signed heads that the growing tree must meet. `lost`: a gap, so nothing can be met."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._waiting = case.facts.anchors()
        self._next = next(self._waiting, None)
        self.lost = False

    def reached(self, tree: Frontier) -> None:
        """Compare each head of exactly this size."""
        while self._next is not None and self._next[0] <= tree.size:
            size, root, about = self._next
            if size == tree.size and not self.lost and root != tree.root():
                self._tell(about, f"the head of the first {size} leaves", "another tree")
            self._next = next(self._waiting, None)

    def beyond(self, size: int) -> None:
        """Heads that the ledger never reached: it was cut, or is an older one."""
        while self._next is not None:
            self._tell(self._next[2], f"at least {self._next[0]} leaves", size)
            self._next = next(self._waiting, None)

    def _tell(self, about: str, expected: str, came: object) -> None:
        self._case.found("checkpoint-history", about, expected, came)


def _opening(case: Case, leaf: int, entry: bytes, salt: bytes, event: bytes) -> None:
    about = f"leaf {leaf}"
    if not salt or not event:
        # no purge of openings exists yet; the one that comes records which leaves it closed
        return case.found("opening-missing", about, "a salt and an event", "an empty one")
    if ledger.entry_hash(salt, event) != entry:
        return case.found("opening-wrong", about, "what was hashed into the tree", "another")
    try:
        facts = read_json(event, what="an event")
        from_wire(facts.get("at"))
        if facts.get("event") not in _TAGS or facts.get("v") != 1 or encode(facts) != event:
            raise NotVerified("malformed", "not in the closed list, or not canonical")
    except NotVerified as error:
        return case.found("event-unknown", about, "an event of the closed list", error.reason)
    if holds_number(facts) or reference_shows_number(facts):
        case.found("number-shown", about, "ids, digests and counts", "a long run of digits")
    case.facts.add(leaf, facts, event)
    return None


def check_nodes(case: Case) -> None:
    """Every stored node is the hash of the two below it, and none is missing or too much."""
    size = _size(case)
    for level in counting():
        length = size >> level
        stored = case.core.stream(_NODES, level)
        made = _leaf_hashes(case) if level == 0 else _parents(case, level)
        for position, expected, came in merged(made, case.counted("nodes", stored)):
            known = expected is not None and position < length
            if (known and expected != came) or (came is not None and position >= length):
                where = f"node {position} of level {level}"
                case.found("node-wrong", where, "the hash of what lies below", "another or none")
        if length <= 1:
            break
    above = count(case.core, "SELECT count(*) FROM ledger_nodes WHERE level > ?", level)
    if above:
        case.found("node-wrong", f"levels above {level}", "no nodes", above)


_NODES = "SELECT position, hash FROM ledger_nodes WHERE level = ? ORDER BY position"


def _leaf_hashes(case: Case) -> Iterator[tuple[int, bytes]]:
    for leaf, entry in case.core.stream("SELECT leaf, entry FROM ledger_leaves ORDER BY leaf"):
        yield leaf, merkle.leaf_hash(entry)


def _parents(case: Case, level: int) -> Iterator[tuple[int, bytes]]:
    left: tuple[int, bytes] | None = None
    for position, value in case.core.stream(_NODES, level - 1):
        if position % 2 == 0:
            left = (position, value)
        elif left is not None and left[0] == position - 1:
            yield position // 2, merkle.node_hash(left[1], value)


def check_index(case: Case) -> None:
    """The digest index has exactly the digests that the events name."""
    stored = case.core.stream("SELECT digest, leaf FROM ledger_digests")
    for digest, leaf, there in case.facts.compare_refs(case.counted("digests", stored)):
        expected, came = ("none", "one") if there else ("one", "none")
        case.found("digest-index", f"leaf {leaf}", f"{expected} of {digest}", came)
