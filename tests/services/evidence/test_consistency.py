"""Today's ledger against what partners acknowledged: threats.md I1, and who can contradict."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli.audit_consistency import LedgerServices, add_ledger
from gateway.cli.common import PalangGroup
from gateway.domain import ledger, merkle
from gateway.domain.canonical import digest
from gateway.domain.errors import InputError, NotVerified
from gateway.domain.proofs import read_growth, read_inclusion
from gateway.domain.records import SignedCheckpoint
from gateway.domain.trust import Role, Trust, write_trust
from gateway.services.consistency import Consistency
from gateway.services.consistency_report import Report
from gateway.services.kept_notes import notes_in
from gateway.services.proofs import Proofs
from gateway.store.views.echoes import SqlEchoes
from keys.documents import Documents
from keys.notes import C2spNotes
from tests.fsck.tampering import change, cut, edit_event, leaf_of, rehash, value
from tests.fsck.town import by_hand
from tests.independent_merkle import roots_by_consistency
from tests.services.back.world import World, entry, numbers
from tests.services.evidence.road import Road

A = "1.opr-uji-a.1"
Edit = Callable[[sqlite3.Connection], None]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    """Two batches that two partners acknowledged, under their ledger's growing heads."""
    made = Road(tmp_path_factory.mktemp("consistency"))
    made.partner("opr-uji-a")
    made.ott()
    for n in (1, 4):
        made.release([entry(one) for one in numbers(n + 2)[n - 1 :]])
        made.round()
    yield made
    made.close()


@pytest.fixture
def told(built: Road, tmp_path: Path) -> Iterator[World]:
    """A copy for each test to spoil."""
    made = built.copied(tmp_path)
    yield made
    made.close()


def consistency(road: World) -> Consistency:
    return Consistency(road.store, SqlEchoes(road.store), Documents(), C2spNotes())


def services(road: World) -> LedgerServices:
    proofs = Proofs(road.store, road.checkpoints.covering)
    return LedgerServices(consistency(road), proofs, C2spNotes(), road.trust)


def run(road: World, *arguments: str) -> Result:
    group = add_ledger(PalangGroup("audit"), lambda: services(road))
    return CliRunner().invoke(group, list(arguments))


def tampered(road: World, edit: Edit) -> Report:
    with by_hand(road.folder / "palang.sqlite") as db:
        edit(db)
    return consistency(road).run()


def troubles(report: Report) -> set[str]:
    return {held.trouble for held in report.contradictions}


def test_every_echo_holds_and_names_who_can_contradict(told: World) -> None:
    report = consistency(told).run()
    assert report.consistent
    assert set(report.holders) == {"opr-uji-a", "ott-uji", "palang-uji"}
    newest = report.holders["opr-uji-a"].newest
    assert newest is not None
    assert (report.holders["opr-uji-a"].count, newest.delivery) == (2, "2.opr-uji-a.1")
    assert newest.kid == told.peers["opr-uji-a"].statement_pin.kid
    assert 0 < report.witnessed < report.size
    assert not report.holders["palang-uji"].outside


def flip(db: sqlite3.Connection) -> None:
    edit_event(db, leaf_of(db, "batch.release"), digest="sha256:" + "0" * 64)


def delete(db: sqlite3.Connection) -> None:
    change(db, "DELETE FROM ledger_leaves WHERE leaf = ?", leaf_of(db, "batch.release"))


def insert(db: sqlite3.Connection) -> None:
    leaf = leaf_of(db, "batch.release")
    same = db.execute("SELECT entry, salt, event FROM ledger_leaves WHERE leaf = ?", (leaf,))
    row = same.fetchone()
    for moved in range(value(db, "SELECT max(leaf) FROM ledger_leaves"), leaf, -1):
        change(db, "UPDATE ledger_leaves SET leaf = ? WHERE leaf = ?", moved + 1, moved)
    db.execute(
        "INSERT INTO ledger_leaves (leaf, entry, salt, event) VALUES (?,?,?,?)", (leaf + 1, *row)
    )
    change(db, "UPDATE ledger_head SET size = size + 1")


def first_release(road: World) -> int:
    with by_hand(road.folder / "palang.sqlite") as db:
        return leaf_of(db, "batch.release")


def reorder(db: sqlite3.Connection) -> None:
    one, other = leaf_of(db, "batch.submit"), leaf_of(db, "batch.release")
    for old, new in ((one, -1), (other, one), (-1, other)):
        change(db, "UPDATE ledger_leaves SET leaf = ? WHERE leaf = ?", new, old)


@pytest.mark.parametrize(
    ("edit", "codes"),
    [
        (flip, {"leaf"}),
        (delete, {"leaf", "ledger"}),
        (insert, {"ledger"}),
        (reorder, {"ledger"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_an_edit_shows_from_the_database_alone(told: World, edit: Edit, codes: set[str]) -> None:
    """I1, the first four; none of them needs anything from outside."""
    leaf = first_release(told)
    report = tampered(told, edit)
    assert troubles(report) == codes
    if edit is delete:
        assert f"leaf {leaf} is missing" in {held.detail for held in report.contradictions}
    accusers = {held.who for held in report.contradictions if held.trouble == "ledger"}
    assert ({"opr-uji-a", "ott-uji", "palang-uji"} <= accusers) is ("ledger" in codes)


def without_answers(db: sqlite3.Connection) -> None:
    for table in ("receipts", "inbound", "checkpoints"):
        db.execute(f"DELETE FROM {table}")


@pytest.mark.parametrize("how", ["the tail is cut", "the whole chain is made anew"])
def test_what_is_clean_in_itself_shows_only_against_a_head_kept_outside(
    told: World, how: str
) -> None:
    """I1, the last two: the database alone says nothing, a kept checkpoint does."""
    kept = told.checkpoints.covering(value_of(told, "SELECT size FROM ledger_head")).note

    def edit(db: sqlite3.Connection) -> None:
        without_answers(db)
        if how == "the tail is cut":
            cut(db, 3)
        else:
            edit_event(db, leaf_of(db, "batch.release"), digest="sha256:" + "0" * 64)
            rehash(db)

    assert tampered(told, edit).consistent
    found = notes_in("auditor.note", kept.encode(), told.trust(), C2spNotes())
    report = consistency(told).run(found)
    assert [(h.who, h.trouble) for h in report.contradictions] == [("auditor.note", "ledger")]


def value_of(road: World, sql: str) -> int:
    with by_hand(road.folder / "palang.sqlite") as db:
        return int(value(db, sql))


def test_an_acknowledgement_of_another_manifest_accuses(told: World) -> None:
    def edit(db: sqlite3.Connection) -> None:
        head = value(db, "SELECT body FROM manifests WHERE delivery = ?", A)
        other = json.loads(head) | {"issued": "2026-11-25T00:00:00Z"}
        body = json.dumps(other, sort_keys=True, separators=(",", ":")).encode()
        named = digest(body)
        change(db, "UPDATE manifests SET body = ?, digest = ? WHERE delivery = ?", body, named, A)

    report = tampered(told, edit)
    (held,) = report.contradictions
    assert (held.trouble, held.who, held.delivery) == ("manifest", "opr-uji-a", A)


def test_a_receipt_that_its_partner_never_signed_counts_for_nobody(told: World) -> None:
    def edit(db: sqlite3.Connection) -> None:
        statement = value(db, "SELECT statement FROM receipts WHERE delivery = ?", A)
        other = value(db, "SELECT statement FROM receipts WHERE delivery = '2.opr-uji-a.1'")
        body = value(db, "SELECT body FROM inbound WHERE digest = ?", other)
        change(db, "UPDATE inbound SET body = ? WHERE digest = ?", body, statement)

    assert troubles(tampered(told, edit)) == {"receipt"}


@pytest.mark.parametrize(("echo", "trouble"), [("sha256:" + "0" * 64, "echo"), ("", "silent")])
def test_a_receipt_that_echoes_another_checkpoint_or_none_is_told_apart(
    road: Road, echo: str, trouble: str
) -> None:
    peer = road.partner("opr-uji-a")
    peer.answers = False
    road.release([entry(n) for n in numbers(2)])
    road.round()
    peer.say(peer.ack(peer.open(peer.arrivals[0]).about, echo))
    road.round()
    report = consistency(road).run()
    assert (report.silent, report.consistent) == (trouble == "silent", trouble == "silent")
    assert [held.trouble for held in consistency(road).page().rows] == [trouble]
    if trouble == "echo":
        (held,) = report.contradictions
        assert (held.who, held.delivery) == ("opr-uji-a", A)


def test_keys_that_were_changed_in_the_database_do_not_help(told: World) -> None:
    """`--trust` is what was pinned at onboarding; the database's own keys prove nothing."""
    kept = told.trust()
    stranger = told.peers["ott-uji"].new_signer()[1]
    signed = [k for k in kept.keys if k.kid != told.peers["opr-uji-a"].statement_pin.kid]
    other = Trust(kept.gateway, [*signed, stranger])
    assert consistency(told).run(trust=kept).consistent
    assert troubles(consistency(told).run(trust=other)) == {"receipt"}


def test_pages_judge_as_the_whole_does(told: World) -> None:
    page = consistency(told).page(limit=3)
    rest = consistency(told).page(page.next)
    assert (len(page.rows), len(rest.rows), rest.next) == (3, 1, 0)
    assert all(held.holds for held in (*page.rows, *rest.rows))
    with by_hand(told.folder / "palang.sqlite") as db:
        edit_event(db, leaf_of(db, "batch.release"), digest="sha256:" + "0" * 64)
        rehash(db)
    assert {held.trouble for held in consistency(told).page().rows} == {"ledger"}


def test_the_command_names_partner_delivery_and_key_and_ends_with_1(
    told: World, tmp_path: Path
) -> None:
    done = run(told, "consistency")
    assert done.exit_code == 0, done.output
    kid = told.peers["opr-uji-a"].statement_pin.kid
    assert "2.opr-uji-a.1" in done.output
    assert kid in done.output
    with by_hand(told.folder / "palang.sqlite") as db:
        edit_event(db, leaf_of(db, "batch.release"), digest="sha256:" + "0" * 64)
        rehash(db)
    done = run(told, "consistency")
    assert done.exit_code == 1
    assert f"CONTRADICTION (ledger): opr-uji-a delivery {A}" in done.output
    assert "Next: stop the worker" in done.output
    trust = tmp_path / "trust.json"
    trust.write_bytes(write_trust(told.trust()))
    document = json.loads(run(told, "consistency", "--trust", str(trust), "--json").output)
    assert document["contradicting"] >= 4
    assert {c["delivery"] for c in document["contradictions"]} >= {A, "2.ott-uji.1"}


@pytest.mark.parametrize("form", ["note", "list", "manifest"])
def test_a_file_of_somebody_else_is_taken_in_each_of_its_forms(
    told: World, tmp_path: Path, form: str
) -> None:
    opened = told.peers["opr-uji-a"].opened[2].manifest
    text = {
        "note": opened.checkpoint,
        "list": json.dumps({"v": 1, "notes": [opened.checkpoint]}),
        "manifest": opened.to_bytes().decode(),
    }[form]
    file = tmp_path / "theirs"
    file.write_text(text)
    document = json.loads(run(told, "consistency", "--checkpoint", str(file), "--json").output)
    theirs = [h for h in document["holders"] if h["who"].startswith("theirs")]
    assert [(h["count"], h["outside"]) for h in theirs] == [(1, True)]


def test_what_the_gateway_did_not_sign_accuses_nobody(told: World) -> None:
    note = told.peers["opr-uji-a"].opened[1].manifest.checkpoint
    stranger = C2spNotes().sign("x\n1\n" + "A" * 43 + "=\n", "palang-uji", told.siti.signer)
    with pytest.raises(NotVerified):
        notes_in("theirs", stranger.encode(), told.trust(), C2spNotes())
    for bad in (b"{}", b'{"notes":[1]}', b"\xff", b'{"v":'):
        with pytest.raises(InputError):
            notes_in("theirs", bad, told.trust(), C2spNotes())
    assert notes_in("theirs", note.encode(), told.trust(), C2spNotes())


def test_a_delivery_has_a_proof_for_each_leaf_that_names_its_manifest(
    told: World, tmp_path: Path
) -> None:
    done = run(told, "proof", A, "--out", str(tmp_path), "--json")
    assert done.exit_code == 0, done.output
    proofs = json.loads(done.output)["proofs"]
    assert {p["event"] for p in proofs} >= {"delivery.seal", "receipt.record"}
    for one in proofs:
        proof = read_inclusion(Path(one["file"]).read_text())
        head = ledger.read_checkpoint(proof.note.rpartition("\n\n")[0] + "\n")
        leaf = ledger.leaf(proof.opening[:16], proof.opening[16:])
        merkle.verify_inclusion(leaf, proof.index, head.size, proof.hashes, head.root)
        assert json.loads(proof.opening[16:])["event"] == one["event"]


def test_a_proof_that_the_ledger_only_grew_is_written_for_a_partner_that_missed_heads(
    told: World, tmp_path: Path
) -> None:
    opened = told.peers["opr-uji-a"].opened[1].manifest
    old = ledger.read_checkpoint(opened.checkpoint.rpartition("\n\n")[0] + "\n")
    out = tmp_path / "growth.txt"
    done = run(told, "proof", "--since", str(old.size), "--out", str(out))
    assert done.exit_code == 0, done.output
    assert "palang-partner prove" in done.output
    proof = read_growth(out.read_text())
    new = ledger.read_checkpoint(proof.note.rpartition("\n\n")[0] + "\n")
    assert proof.old == old.size
    roots = roots_by_consistency(old.size, new.size, old.root, proof.hashes)
    assert roots == (old.root, new.root)
    assert run(told, "proof", "--since", "999999").exit_code == 2


def test_a_proof_of_what_is_not_there_is_refused(told: World, tmp_path: Path) -> None:
    assert run(told, "proof").exit_code == 2
    assert run(told, "proof", "9.opr-uji-a.1").exit_code == 1
    assert run(told, "proof", "--leaf", "999999").exit_code == 1
    out = tmp_path / "leaf.tlog-proof"
    assert run(told, "proof", "--leaf", "0", "--out", str(out)).exit_code == 0
    assert run(told, "proof", "--leaf", "0", "--out", str(out)).exit_code in (1, 2)


def test_a_checkpoint_that_was_never_made_here_is_a_contradiction(told: World) -> None:
    """Our own stored heads are compared too: a head over more leaves than there are."""
    size = value_of(told, "SELECT size FROM ledger_head")
    body = ledger.Checkpoint("palang-uji.example/ledger", size + 5, b"\x01" * 32).body()
    note = C2spNotes().sign(body, "palang-uji", told.checkpoints.keyring.signer(Role.CHECKPOINT, 0))
    with told.store.write() as uow:
        uow.log.put_checkpoint(SignedCheckpoint(size + 5, note, told.clock.now()))
        uow.commit("checkpoint.keep")
    report = consistency(told).run()
    assert [(h.who, h.trouble) for h in report.contradictions] == [("palang-uji", "ledger")]
