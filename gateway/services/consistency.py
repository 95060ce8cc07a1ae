"""Whether today's ledger is the one that others were shown (design 3, threats.md I1).

Each acknowledgement echoes the digest of the checkpoint in its manifest, under the partner's own
key: nobody in this house can make or change it. Whoever rewrites the ledger with the gateway's key
contradicts every one of them, and here they are named.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as _with
from functools import lru_cache
from itertools import islice

from gateway.domain import merkle
from gateway.domain.canonical import digest
from gateway.domain.errors import NotFound, NotVerified
from gateway.domain.ledger import Checkpoint, read_checkpoint
from gateway.domain.manifest import Manifest, read_manifest
from gateway.domain.statements import Ack
from gateway.domain.times import Micros
from gateway.domain.trust import Owner, OwnerKind, Role, Trust
from gateway.ports import Notes, Signatures, Store
from gateway.ports.views.echoes import Echo, Echoes
from gateway.services.consistency_report import Held, Report
from gateway.services.kept_notes import KeptNote
from gateway.services.ledger_roots import read_roots

PAGE = 500
_ALL = 2**62
RootAt = Callable[[int], bytes | None]
"""Today's root over so many leaves, None where the ledger is shorter."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some receipts' checkpoints, judged; `next` is where to go on, 0 at the end."""

    rows: tuple[Held, ...]
    next: int


@dataclass(frozen=True, slots=True)
class Consistency:
    """Holds today's ledger against what others keep. Reads only."""

    store: Store
    echoes: Echoes
    signatures: Signatures
    notes: Notes

    def run(
        self,
        kept: Sequence[KeptNote] = (),
        trust: Trust | None = None,
        tick: Callable[[], object] = lambda: None,
    ) -> Report:
        """All receipts, our own checkpoints, and `kept` from elsewhere, in three passes: sizes,
        leaves, judgements; what comes meanwhile is left to the next run.

        `trust` are keys pinned elsewhere: whoever can write the database can change those in it
        too. `tick` hears of each receipt and leaf.
        """
        trust = trust or self._trust()
        seen = self._see()
        sizes = seen.sizes | {note.tree.size for note in kept}
        with self.store.read() as uow:
            found = read_roots(uow.log, sizes, tick)
        report, root = Report(found.tree.size), found.roots.get
        for index, told in found.broken:
            held = Held("the ledger", "", "", index, None, "", "leaf", told)
            report.add(held, outside=False)
        for echo in self._until(seen.last):
            tick()
            report.add(self._judge(echo, trust, root), outside=True)
        for note in kept:
            held = Held(note.name, "", "", note.tree.size, None, note.kid)
            report.add(self._against(held, note.tree, root), outside=True)
        for held in self._own(seen.own, trust, root):
            report.add(held, outside=False)
        return report

    def page(self, after: int = 0, limit: int = PAGE) -> Page:
        """Some receipts, for a screen: judged by the stored tree, whose leaves `run` reads anew."""
        trust = self._trust()
        echoes = self.echoes.page(after, limit)
        with self.store.read() as uow:
            size = uow.log.size()
            tree = lru_cache(limit)(lambda count: _root(count, size, uow.log.node))
            rows = tuple(self._judge(echo, trust, tree) for echo in echoes)
        return Page(rows, echoes[-1].key if len(echoes) == limit else 0)

    def _trust(self) -> Trust:
        with self.store.read() as uow:
            return uow.registry.trust()

    def _until(self, last: int) -> Iterator[Echo]:
        """Every receipt up to this key."""
        after = 0
        while after < last and (page := self.echoes.page(after, PAGE)):
            yield from (echo for echo in page if echo.key <= last)
            after = page[-1].key

    def _see(self) -> "_Seen":
        """What there is to judge, and where roots are wanted: one pass over the leaves does."""
        seen = _Seen()
        for echo in self._until(_ALL):
            seen.last = echo.key
            shown = _shown(echo)
            seen.sizes |= {shown.size} if shown is not None else set()
        with self.store.read() as uow:
            for own in uow.log.checkpoints():
                seen.own += 1
                seen.sizes.add(own.size)
        return seen

    def _judge(self, echo: Echo, trust: Trust, root: RootAt) -> Held:
        held = Held(echo.partner, echo.delivery, echo.statement, 0, echo.received_at, "")
        try:
            ack, kid = self._open(echo, trust)
        except NotVerified as error:
            return _bad(held, "receipt", f"the stored receipt does not verify: {error}")
        held = _with(held, kid=kid)
        if ack.about.manifest != echo.manifest:
            return _bad(held, "manifest", _other("manifest", ack.about.manifest, echo.manifest))
        manifest = _manifest(echo)
        if manifest is None:
            return _bad(held, "manifest", "the stored manifest can't be read any more")
        if not ack.checkpoint:
            return _bad(held, "silent", "the receipt echoes no checkpoint")
        shown = digest(manifest.checkpoint.encode())
        if ack.checkpoint != shown:
            return _bad(held, "echo", _other("checkpoint", ack.checkpoint, shown))
        return self._note(held, manifest.checkpoint, manifest.issued, trust, root)

    def _open(self, echo: Echo, trust: Trust) -> tuple[Ack, str]:
        """The receipt as the partner signed it, with a key that was valid when it came."""
        if digest(echo.ack) != echo.statement:
            raise NotVerified("digest", "its bytes are not those of its digest, or gone")
        owner = Owner(OwnerKind.PARTNER, echo.partner)
        at, to = echo.received_at, trust.gateway
        signed = self.signatures.open_statement(echo.ack, owner, Role.STATEMENT, trust, at, to)
        if not isinstance(signed.statement, Ack):
            raise NotVerified("wrong-typ", "it is no acknowledgement")
        return signed.statement, signed.key.kid

    def _note(self, held: Held, note: str, at: Micros, trust: Trust, root: RootAt) -> Held:
        owner = Owner(OwnerKind.GATEWAY, trust.gateway)
        try:
            body, key = self.notes.verify(note, trust.gateway, owner, trust, at)
            tree = read_checkpoint(body)
        except NotVerified as error:
            return _bad(held, "note", f"the checkpoint does not verify: {error}")
        return self._against(_with(held, kid=held.kid or key.kid), tree, root)

    def _against(self, held: Held, tree: Checkpoint, root: RootAt) -> Held:
        held = _with(held, size=tree.size)
        now = root(tree.size)
        if now == tree.root:
            return held
        if now is None:
            return _bad(held, "ledger", f"it is over {tree.size} leaves, today's ledger has fewer")
        return _bad(held, "ledger", f"today's first {tree.size} leaves have another root")

    def _own(self, count: int, trust: Trust, root: RootAt) -> Iterable[Held]:
        with self.store.read() as uow:
            for own in islice(uow.log.checkpoints(), count):
                held = Held(trust.gateway, "", "", own.size, own.at, "")
                yield self._note(held, own.note, own.at, trust, root)


@dataclass(slots=True)
class _Seen:
    """`last` is the key of the last receipt, `own` how many checkpoints of ours there are."""

    sizes: set[int] = field(default_factory=set)
    last: int = 0
    own: int = 0


def _shown(echo: Echo) -> Checkpoint | None:
    """The checkpoint in the stored manifest; nothing of it is verified yet."""
    manifest = _manifest(echo)
    try:
        return (
            read_checkpoint(manifest.checkpoint.rpartition("\n\n")[0] + "\n") if manifest else None
        )
    except NotVerified:
        return None  # judged later, with its reason


def _manifest(echo: Echo) -> Manifest | None:
    try:
        return read_manifest(echo.head) if digest(echo.head) == echo.manifest else None
    except NotVerified:
        return None  # judged as a manifest that is not there


def _root(count: int, size: int, node: merkle.Node) -> bytes | None:
    try:
        return merkle.subtree(0, count, node) if count <= size else None
    except NotFound:
        return None  # a node is missing: today's tree can't show that root


def _bad(held: Held, trouble: str, detail: str) -> Held:
    return _with(held, trouble=trouble, detail=detail)


def _other(what: str, signed: str, stored: str) -> str:
    return f"the partner signed {what} {signed}, stored today is {stored or 'none'}"
