"""Checks 5 to 8 and 11, 12: who ordered what, sealed to whom, by what right."""

from gateway.domain import entries, fields
from gateway.domain.canonical import Json, JsonObject, decode, digest
from gateway.domain.errors import NotVerified
from gateway.domain.ledger import Tag
from gateway.domain.statements import Approval, Consent
from gateway.domain.times import to_wire
from gateway.domain.trust import Role
from gateway.ports import Signed
from gateway.services.examination import Exam, Finding, expect, ok
from gateway.services.jws import statement_of

_MOST = 10_000  # partners in a review


def manifest_signed(exam: Exam) -> Finding:
    """The detached signature holds, by a pinned manifest key valid when the ledger says that it
    was sealed."""
    key = exam.signatures.verify_detached(
        exam.dossier.manifest_jws,
        exam.dossier.manifest,
        "manifest",
        exam.gateway,
        Role.MANIFEST,
        exam.pins,
        exam.time_of(exam.seal_leaf()),
    )
    return ok(f"key {key.kid}")


def one_delivery(exam: Exam) -> Finding:
    """Bundle, manifest and sealing event speak of one delivery, partner, gateway and sequence."""
    head, manifest = exam.dossier.head, exam.manifest
    told = (head.gateway, head.partner, head.delivery, head.epoch, head.sequence)
    signed = (
        manifest.gateway,
        manifest.partner,
        exam.delivery,
        manifest.epoch,
        manifest.sequence,
    )
    expect(told == signed, "other-delivery", f"bundle.json says {told}, the manifest {signed}")
    leaf = exam.seal_leaf()
    facts = leaf.facts if leaf is not None else {}
    sealed = (facts.get("epoch"), facts.get("sequence"), facts.get("batch"))
    expect(
        leaf is None or sealed == (manifest.epoch, manifest.sequence, manifest.batch),
        "other-delivery",
        f"the ledger sealed epoch, sequence, batch {sealed}; the manifest says otherwise",
    )
    return ok(f"delivery {exam.delivery}, epoch {manifest.epoch}, sequence {manifest.sequence}")


def review(exam: Exam) -> Finding:
    """What the officers were shown is this batch, and gives this partner what the manifest has."""
    document = decode(exam.dossier.review, what="the review")
    fields.version(document)
    manifest = exam.manifest
    shown = (document.get("gateway"), document.get("batch"), document.get("test"))
    expect(
        shown == (manifest.gateway, manifest.batch, manifest.test),
        "other-review",
        f"the review is of {shown}, the manifest of batch {manifest.batch}",
    )
    _check_share(exam, document)
    return ok(f"batch {manifest.batch}, digest {digest(exam.dossier.review)}")


def _check_share(exam: Exam, document: JsonObject) -> None:
    """An operator's blocks are exactly those reviewed. A consent's end or maximum may lessen an
    OTT's, and an unblock follows what was sealed until then: never more than the batch has."""
    manifest, counts = exam.manifest, fields.member(document, "counts")
    shares = dict(fields.array(document, "shares", _share, most=_MOST))
    blocks, unblocks = fields.whole(counts, "block"), fields.whole(counts, "unblock")
    expect(
        manifest.block <= blocks and manifest.unblock <= unblocks,
        "more-than-reviewed",
        f"the manifest has {manifest.count} entries, the review {blocks + unblocks}",
    )
    expect(
        manifest.basis == "voluntary" or shares.get(manifest.partner, 0) == manifest.block,
        "other-than-reviewed",
        f"the manifest has {manifest.block} blocks, the review gives {manifest.partner} "
        f"{shares.get(manifest.partner, 0)}",
    )


def _share(item: Json) -> tuple[str, int]:
    if isinstance(item, list) and len(item) == 3 and type(item[1]) is int:
        return str(item[0]), item[1]
    raise NotVerified("malformed", "a share of the review is [partner, block, unblock]")


def approvals(exam: Exam) -> Finding:
    """Two different officers, with two keys, signed submit and release over the review's digest."""
    submit = _approved(exam, exam.dossier.submit, Tag.BATCH_SUBMIT)
    release = _approved(exam, exam.dossier.release, Tag.BATCH_RELEASE)
    expect(
        submit.key.owner != release.key.owner and submit.key.kid != release.key.kid,
        "one-officer",
        f"officer {submit.key.owner.id} signed both submit and release",
    )
    told = f"submitted by {submit.key.owner.id}, released by {release.key.owner.id}"
    return ok(told + _endorsed(exam, submit, release))


def _endorsed(exam: Exam, *others: Signed) -> str:
    """Where a guard of the review is above its threshold, a third officer said so be it."""
    over = guards_over(decode(exam.dossier.review, what="the review"))
    expect(
        bool(over) == bool(exam.dossier.endorse),
        "not-endorsed",
        f"guards above their threshold: {', '.join(over) or 'none'}; batch/endorse.jws is "
        + ("there" if exam.dossier.endorse else "not there"),
    )
    if not over:
        return ""
    third = _approved(exam, exam.dossier.endorse, Tag.BATCH_ENDORSE)
    same = any(
        word.key.owner == third.key.owner or word.key.kid == third.key.kid for word in others
    )
    expect(not same, "two-officers", f"officer {third.key.owner.id} endorsed and signed otherwise")
    return f", endorsed by {third.key.owner.id} ({', '.join(over)})"


def guards_over(review: JsonObject) -> list[str]:
    """The guards of a review whose figure is above the threshold; a review without any has none.

    Raises NotVerified("malformed").
    """
    guards = fields.array(review, "guards", _guard, most=_MOST) if "guards" in review else ()
    return [name for name, figure, most in guards if figure > most]


def _guard(item: Json) -> tuple[str, int, int]:
    if isinstance(item, list) and len(item) == 3 and type(item[1]) is type(item[2]) is int:
        return str(item[0]), item[1], item[2]
    raise NotVerified("malformed", "a guard of the review is [name, figure, threshold]")


def _approved(exam: Exam, jws: bytes, tag: Tag) -> Signed:
    word = statement_of(jws)
    if not isinstance(word, Approval):
        raise NotVerified("malformed", f"the {tag} signature is no approval")
    expected = (str(tag), f"batch:{exam.manifest.batch}", digest(exam.dossier.review))
    expect(
        (word.act, word.subject, word.digest) == expected,
        "other-subject",
        f"officer {word.iss} signed {word.act} on {word.subject}, not {tag} of this review",
    )
    return exam.approval(jws, word, tag)


def sealings(exam: Exam) -> Finding:
    """Each parcel's digest and recipient key are in the ledger; the key is the partner's own."""
    for position, sealing in enumerate(exam.dossier.sealings, 1):
        leaf = exam.find(
            Tag.DELIVERY_SEAL,
            delivery=exam.delivery,
            manifest=exam.manifest_digest,
            sealing=position,
            parcel=sealing.parcel,
            kid=sealing.kid,
        )
        expect(
            leaf is not None and (sealing.number, sealing.at) == (position, leaf.at),
            "other-parcel",
            f"sealing {sealing.number}: the ledger has no such parcel, key or time",
        )
        exam.pins.key(exam.partner, Role.SEAL, sealing.kid, sealing.at)
    expect(bool(exam.dossier.sealings), "other-parcel", "the bundle names no sealing")
    return ok(", ".join(s.parcel for s in exam.dossier.sealings))


def consent(exam: Exam) -> Finding:
    """A voluntary slice went out under the partner's own signed, live consent, within it."""
    jws, manifest = exam.dossier.consent, exam.manifest
    if manifest.basis == "mandatory":
        expect(not jws, "consent", "an order to an operator rests on no consent")
        return ok("an operator's duty: no consent needed")
    expect(digest(jws) == manifest.consent, "consent", "the manifest names another consent")
    at = exam.time_of(exam.find(Tag.CONSENT_GIVE, consent=manifest.consent))
    signed = exam.signatures.open_statement(
        jws, exam.partner, Role.STATEMENT, exam.pins, at, exam.pins.gateway
    )
    if not isinstance(signed.statement, Consent):
        raise NotVerified("consent", f"expected a consent, the partner signed a {signed.kind}")
    if manifest.block:  # what was sent before is freed whatever the consent says by now (ADR 3)
        _check_live(exam, signed.statement)
        _check_scope(exam, signed.statement)
    return ok(f"from {to_wire(signed.statement.since)} until {to_wire(signed.statement.until)}")


def _check_live(exam: Exam, terms: Consent) -> None:
    ended = exam.find(Tag.CONSENT_WITHDRAW, consent=exam.manifest.consent)
    for attempt in exam.dossier.attempts:
        leaf = exam.find(Tag.DELIVERY_ATTEMPT, delivery=exam.delivery, attempt=attempt.number)
        late = ended is not None and leaf is not None and ended.index < leaf.index
        expect(
            terms.since <= attempt.began_at < terms.until and not late,
            "consent-ended",
            f"attempt {attempt.number} began at {to_wire(attempt.began_at)}, outside the consent",
        )


def _check_scope(exam: Exam, terms: Consent) -> None:
    expect(
        exam.manifest.block <= terms.most,
        "consent-exceeded",
        f"{exam.manifest.block} entries, the consent allows {terms.most}",
    )
    if exam.dossier.entries is None:
        return
    for entry in entries.iterate(exam.dossier.entries):
        shown = {name for name in terms.fields if getattr(entry, name)}
        beyond = {n for n in entries.COLUMNS[3:] if getattr(entry, n)} - shown
        within = entry.category in ("", *terms.categories) and entry.channel in (
            "",
            *terms.channels,
        )
        expect(
            entry.action == entries.DELISTED or (within and not beyond),
            "consent-exceeded",
            f"entry {entry.entry} shows what the consent does not cover",
        )
