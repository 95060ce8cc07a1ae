"""`palang audit consistency`, `palang audit proof`: what others can hold this ledger to."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from gateway.cli.common import columns, example, read_file, show, working, write_new
from gateway.domain.canonical import Json
from gateway.domain.ids import DeliveryId
from gateway.domain.times import Micros, to_wire
from gateway.domain.trust import Trust, read_trust
from gateway.ports import Notes
from gateway.services.consistency import Consistency
from gateway.services.consistency_report import Held, Holder, Report
from gateway.services.kept_notes import MAX_FILE, KeptNote, notes_in
from gateway.services.proofs import LeafProof, Proofs

_MAX_TRUST = 16 * 1024 * 1024  # bytes; a key has about 300

_CONSISTENCY_EPILOG = """\b
Example:
  palang audit consistency
  palang audit consistency --checkpoint opr-uji-a.json --trust trust.json

\b
FILE is what a partner or auditor keeps: a checkpoint's note, a stored manifest.json, or what
palang-partner checkpoint --all prints. Whoever can write the database can change the pinned keys
in it too: give --trust, the file kept since onboarding, where that is the question.

\b
Exit code: 0 today's ledger begins with all of them; 1 one contradicts it;
2 a file can't be read; 3 a checkpoint is not signed by a pinned key."""


@dataclass(frozen=True, slots=True)
class LedgerServices:
    """What the two commands need; `trust` are the keys pinned in the database."""

    consistency: Consistency
    proofs: Proofs
    notes: Notes
    trust: Callable[[], Trust]


def add_ledger(group: click.Group, services: Callable[[], LedgerServices]) -> click.Group:
    """Put the commands into the group `audit`."""
    group.add_command(_consistency(services))
    group.add_command(_proof(services))
    return group


def _consistency(services: Callable[[], LedgerServices]) -> click.Command:
    @click.command("consistency", epilog=_CONSISTENCY_EPILOG)
    @click.option(
        "--checkpoint",
        "files",
        multiple=True,
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Checkpoints that somebody else keeps; may be repeated.",
    )
    @click.option(
        "--trust",
        "trust_file",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Pinned keys kept elsewhere, in place of those in the database.",
    )
    @click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
    @click.pass_context
    def consistency(
        context: click.Context, files: tuple[Path, ...], trust_file: Path | None, as_json: bool
    ) -> None:
        """Hold today's ledger against every checkpoint that a partner acknowledged, or keeps.

        Says how many agree, and names who can contradict a rewriting: which partner holds which
        checkpoint, by which delivery, since when, under which key.
        """
        audit = services()
        trust = _trust(audit, trust_file)
        kept = [note for file in files for note in _notes(audit, trust, file)]
        with working("Reading the ledger and every acknowledgement"):
            report = audit.consistency.run(kept, trust)
        show(as_json, _document(report), _lines(report), _next(report))
        context.exit(0 if report.consistent else 1)

    return consistency


def _trust(audit: LedgerServices, file: Path | None) -> Trust:
    return audit.trust() if file is None else read_trust(read_file(file, _MAX_TRUST))


def _notes(audit: LedgerServices, trust: Trust, file: Path) -> tuple[KeptNote, ...]:
    return notes_in(file.name, read_file(file, MAX_FILE), trust, audit.notes)


def _document(report: Report) -> dict[str, Json]:
    return {
        "consistent": report.consistent,
        "leaves": report.size,
        "holding": report.holding,
        "silent": report.silent,
        "witnessed": report.witnessed,
        "holders": [_holder(holder) for holder in report.holders.values()],
        "contradicting": report.contradicting,
        "contradictions": [_held(held) for held in report.contradictions],
    }


def _holder(holder: Holder) -> dict[str, Json]:
    newest = _held(holder.newest) if holder.newest is not None else {}
    return newest | {"outside": holder.outside, "count": holder.count}


def _held(held: Held) -> dict[str, Json]:
    return {
        "who": held.who,
        "delivery": held.delivery,
        "statement": held.statement,
        "leaves": held.size,
        "at": _moment(held.at),
        "kid": held.kid,
        "trouble": held.trouble,
        "detail": held.detail,
    }


def _moment(at: Micros | None) -> str:
    return to_wire(at) if at is not None else ""


def _lines(report: Report) -> Iterator[str]:
    yield f"Today's ledger has {report.size} leaves. {report.holding} checkpoints agree with it."
    if report.silent:
        yield f"{report.silent} acknowledgements echo no checkpoint: they say nothing about it."
    if report.holders:
        yield ""
        yield from columns(_HEAD, (_row(h) for h in _sorted(report)))
        yield ""
    unseen = report.size - report.witnessed
    if report.witnessed:
        yield f"A rewriting of the first {report.witnessed} leaves can be contradicted from outside"
        yield "this house by those that are named above with at least so many leaves."
    if unseen > 0:
        yield f"{unseen} leaves are newer than any checkpoint that came back from outside."
    for held in report.contradictions:
        where = f"delivery {held.delivery}, acknowledged {_moment(held.at)}" * bool(held.delivery)
        yield ""
        yield f"CONTRADICTION ({held.trouble}): {held.who} {where}".rstrip()
        yield f"  {held.detail}"
        if held.statement:
            yield f"  receipt {held.statement}, key {held.kid or 'unknown'}"
    if report.contradicting > len(report.contradictions):
        yield f"{report.contradicting} contradictions in all; only these are listed."


_HEAD = ("WHO", "HOLD", "LEAVES", "BY DELIVERY", "SINCE", "KEY")


def _sorted(report: Report) -> list[Holder]:
    """Those outside first, whoever can contradict most at the top."""
    return sorted(
        report.holders.values(),
        key=lambda h: (not h.outside, -(h.newest.size if h.newest else 0), h.who),
    )


def _row(holder: Holder) -> tuple[object, ...]:
    newest, who = holder.newest, holder.who + ("" if holder.outside else " (own)")
    if newest is None:
        return who, holder.count, 0, "", "", ""
    place = newest.delivery or "-"
    return who, holder.count, newest.size, place, _moment(newest.at) or "-", newest.kid


def _next(report: Report) -> str:
    if report.contradicting:
        return (
            "stop the worker and keep this database as evidence; ask each partner that is named for"
            " its manifest, its receipt and palang-partner checkpoint --all, and compare them with"
            " a backup: palang fsck --database BACKUP --checkpoint FILE"
        )
    if report.size > report.witnessed:
        return "palang audit checkpoint > head.note, and hand it to an auditor or a partner"
    return ""


def _proof(services: Callable[[], LedgerServices]) -> click.Command:
    @click.command(
        "proof",
        epilog=example(
            "palang audit proof 7.opr-uji-a.1",
            "palang audit proof --leaf 42 --out leaf.tlog-proof",
            "palang audit proof --since 300 --out growth.txt",
        ),
    )
    @click.argument("delivery", required=False)
    @click.option("--leaf", type=click.IntRange(min=0), metavar="N", help="Of this leaf alone.")
    @click.option(
        "--since",
        type=click.IntRange(min=1),
        metavar="SIZE",
        help="That the ledger only grew since it had so many leaves, for palang-partner prove.",
    )
    @click.option(
        "--out",
        type=click.Path(path_type=Path),
        help="With --leaf and --since a new file, else a folder for the files.",
    )
    @click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
    def proof(
        delivery: str | None, leaf: int | None, since: int | None, out: Path | None, as_json: bool
    ) -> None:
        """Write inclusion proofs as C2SP .tlog-proof files, each with its signed checkpoint.

        Of a DELIVERY: its sealing, receipts and confirmations, a file each. Each file shows the
        leaf's event (`extra`), which has ids, digests and times, and never a number.
        """
        if sum(given is not None for given in (delivery, leaf, since)) != 1:
            raise click.UsageError("give DELIVERY, or --leaf N, or --since SIZE")
        proofs = services().proofs
        if since is not None:
            return _grown(proofs.growth(since), out or Path(f"palang-since-{since}.txt"), as_json)
        if leaf is not None:
            made = [proofs.leaf(leaf)]
            return _write(made, [out or Path(made[0].name)], as_json)
        made = list(proofs.delivery(str(DeliveryId.parse(delivery or ""))))
        return _write(made, [(out or Path()) / proof.name for proof in made], as_json)

    return proof


def _grown(text: str, path: Path, as_json: bool) -> None:
    write_new(path, text.encode())
    show(as_json, {"file": str(path)}, [str(path)], "the partner runs palang-partner prove FILE")


def _write(made: list[LeafProof], paths: list[Path], as_json: bool) -> None:
    for path, one in zip(paths, made, strict=True):
        write_new(path, one.text.encode())
    files = [_written(one, path) for one, path in zip(made, paths, strict=True)]
    lines = [f"{f['file']}: leaf {f['leaf']}, {f['event']}" for f in files]
    show(as_json, {"proofs": [*files]}, lines)


def _written(proof: LeafProof, path: Path) -> dict[str, Json]:
    return {"file": str(path), "leaf": proof.index, "event": proof.event}
