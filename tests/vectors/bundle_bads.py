"""The bad bundles of tests/vectors/bundles: validly signed, and wrong in one point each."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

from gateway.domain.statements import Statement, to_bytes
from gateway.services.cover.words import PAGES
from gateway.services.verifying import CHECKS
from tests.vectors import lies_answers, lies_fetches, lies_keys, lies_order, lies_whole
from tests.vectors.bundle_goods import FEWER, Story, Tell, in_form, only, stamped
from tests.vectors.bundle_keys import FixedKeys, cms, openpgp
from tests.vectors.liar import Liar
from tests.vectors.lying import COVER, DELIVERY, Lie, files

ALL = [
    *lies_order.LIES,
    *lies_answers.LIES,
    *lies_fetches.LIES,
    *lies_whole.LIES,
    *lies_keys.LIES,
]

CHOSEN = """
1 a tail behind the file; 1 members out of order; 2 a wrong digest; 2 a member that is not there
3 a letter that nobody signed; 3 something beside the deliveries; 4 a key shown as valid earlier
4 an empty month of another gateway; 5 manifest by a checkpoint key; 5 manifest by a revoked key
5 the signature of another manifest; 6 another sequence in the head; 6 another batch logged
7 the review of another batch; 7 more than the share; 8 one officer with two keys
8 released by a revoked key; 8 a guard and no third officer; 9 another number in entries
10 another number in the line; 11 sealed to another partner; 11 a parcel never logged
12 a consent that ended; 12 a consent withdrawn before; 12 a category outside it
13 an attempt left out; 13 other words of the channel; 14 acknowledged without a receipt
15 ack by a stranger; 15 ack by a revoked key; 15 ack to another gateway
16 ack over another parcel; 17 first by nobody; 17 first by an ended key
18 a confirmation of another delivery; 19 an entry never sent; 19 a block answered as opened
20 a conflict that counts; 20 a second positive; 21 a good confirmation refused
22 headed by a manifest key; 22 headed by an ended key; 23 an event rewritten after
23 no path to the root; 24 another history shown before; 24 a broken consistency proof
25 a confirmation never logged; 25 an arrival never logged; 26 a number in a statement
26 a number in an event; 27 sealed before released; 27 exported before its last event
28 more done than declared; 28 nothing unanswered; 30 a fetch asked for by a stranger
30 a request of another hour; 31 a delivery under another name; 31 a cut-off that is none
32 a delivery of another month; 33 other totals; 34 a page with a sentence more
34 a page that calls more entries done
5 manifest by a key announced later; 5 manifest by a key revoked in the ledger
35 announced by one officer; 35 announced by one officer with two keys
35 announced over another key; 35 announced for another time; 35 announced by words for a batch
35 announced by a revoked officer; 35 announced by an officer revoked before
35 announced by an officer nobody pinned; 35 announced and never logged
35 a key that is not on the card; 35 the card of another partner; 35 a card that nobody approved
35 an officer who brings himself in; 35 revoked by one officer
"""

_ANSWERS = {
    **dict.fromkeys((14, 20, 25, 28), ()),
    19: ("ack", "second"),
    21: ("ack", "nack", "second"),
}
"""The answers that a bundle of these checks needs, () for all; the others are smaller with two."""


@dataclass(frozen=True)
class Bad:
    """One bundle: its name, the check that refuses it (0: it is no bundle), and why."""

    check: int
    name: str
    reason: str
    made: Callable[[FixedKeys], bytes]

    @property
    def file(self) -> str:
        return f"{self.check:02}-{self.name.replace(' ', '-')}.zip"

    @property
    def title(self) -> str:
        return CHECKS[self.check - 1].title if self.check else "the file is a bundle at all"


def _of_lie(lie: Lie) -> Bad:
    def made(keys: FixedKeys) -> bytes:
        names = _ANSWERS.get(lie.check, ("ack", "first"))
        fewer = [("answers", only(*names))] if names else []
        return Story(keys, lie.scenario, *fewer, (lie.stage, lie.tell)).data

    return Bad(lie.check, lie.name, lie.reason, made)


def _chosen() -> list[Bad]:
    wanted = [one.strip() for one in CHOSEN.replace("\n", ";").split(";") if one.strip()]
    by_name = {f"{lie.check} {lie.name}": lie for lie in ALL}
    return [_of_lie(by_name[name]) for name in wanted]


def _story(stage: str, tell: Tell) -> Callable[[FixedKeys], bytes]:
    return lambda keys: Story(keys, DELIVERY, FEWER, (stage, tell)).data


def _cms_by_nobody(keys: FixedKeys, said: Statement) -> bytes:
    return cms(to_bytes(said), keys.es256_stranger)


def _cms_of_other_words(keys: FixedKeys, said: Statement) -> bytes:
    return cms(to_bytes(said), keys.es256, b"other words")


def _openpgp_of_other_words(keys: FixedKeys, said: Statement) -> bytes:
    return openpgp(to_bytes(said), keys, b"other words")


def _receipt(sign: Callable[[FixedKeys, Statement], bytes]) -> Callable[[FixedKeys], bytes]:
    """A receipt alone, signed in another world."""

    def tell(story: Story) -> None:
        only("ack")(story)
        in_form(sign)(story)

    return _story("answers", tell)


def _said_twice(found: dict[str, bytes]) -> None:
    found["summary.json"] = found["summary.json"].replace(b'{"', b'{"typ":"summary","', 1)


def _unread(found: dict[str, bytes]) -> None:
    del found["attempts.json"]


def _zipped(keys: FixedKeys) -> bytes:
    """Compressed, as any ZIP tool would do it: not in the one form."""
    liar, buffer = Liar(keys, DELIVERY), io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(liar.files):
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            archive.writestr(info, liar.files[name], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _titled(found: dict[str, bytes]) -> None:
    for true, said in zip(PAGES["order-unproven"].title, PAGES["order"].title, strict=True):
        found["cover.html"] = found["cover.html"].replace(true.encode(), said.encode())


def _proof_of_no_receipt(keys: FixedKeys) -> bytes:
    """Nobody acknowledged it, and its page is titled as if somebody had."""
    return Story(keys, COVER, ("answers", only()), ("members", files(_titled))).data


def bads(tokens: dict[str, bytes]) -> list[Bad]:
    """All of them; `tokens` are time-stamps: over another checkpoint, by another authority."""
    stamp = {name: _story("dossier", stamped(token)) for name, token in tokens.items()}
    doubled, missing = (_story("members", files(change)) for change in (_said_twice, _unread))
    cms_receipt, openpgp_receipt = _receipt(_cms_of_other_words), _receipt(_openpgp_of_other_words)
    return [
        Bad(0, "a compressed file", "bundle", _zipped),
        Bad(0, "cut off in the middle", "bundle", lambda keys: Liar(keys, DELIVERY).data[:9000]),
        *_chosen(),
        Bad(3, "a document that says a thing twice", "malformed", doubled),
        Bad(3, "a document that is missing", "missing", missing),
        Bad(15, "a CMS receipt by nobody", "unknown-key", _receipt(_cms_by_nobody)),
        Bad(15, "a CMS receipt of other words", "signature", cms_receipt),
        Bad(15, "an OpenPGP receipt of other words", "signature", openpgp_receipt),
        Bad(29, "a time-stamp over another checkpoint", "timestamp", stamp["another"]),
        Bad(29, "a time-stamp of an unknown authority", "timestamp", stamp["unknown"]),
        Bad(34, "a proof of receipt without a receipt", "cover", _proof_of_no_receipt),
    ]
