"""What the holder of a number learns of files that were handed in with it."""

from pathlib import Path

from gateway.domain.access import What
from gateway.services.access import AccessLog, By
from gateway.services.data_subject import DataSubject, letter
from keys.vault import ConsoleVault
from tests.services.front.world import World
from tests.web.console.staff import MACHINE

RINA, TONO = By("rina", "10.0.0.4"), By("tono", "10.0.0.5")


def test_the_holder_learns_of_looks_at_the_files_that_hold_the_number(tmp_path: Path) -> None:
    """Cells of the hold queue and lists with whole numbers are noted by intake, not by number."""
    world = World(tmp_path)
    log = AccessLog(world.store, world.clock, ConsoleVault(b"rahasia konsol uji"))
    asked = world.intake("nomor hp\n0870-1111-2222 ext 1\n")
    other = world.intake("nomor hp\n0870-1111-3333 ext 1\n")
    log.looked(TONO, What.CASE_UNMASK, f"intake:{asked}", "hold queue: cell of row position 0")
    log.looked(RINA, What.EXPORT_LIST, f"intake:{asked}", "rapat 12")
    log.looked(RINA, What.EXPORT_LIST, f"intake:{other}", "berkas lain")
    answer = DataSubject(world.store, world.clock, log).answer(6287011112222, "surat 7", MACHINE)
    assert {(look.who, look.what, look.reason) for look in answer.looked} == {
        ("machine:uji", What.SUBJECT_ANSWER, "surat 7"),
        ("rina", What.EXPORT_LIST, "rapat 12"),
        ("tono", What.INTAKE_VIEW, "hold queue: cell of row position 0"),
    }
    said = "\n".join(letter(answer, "palang-uji"))
    assert "mengunduh daftar" in said and "berkas lain" not in said
    assert "tidak dapat diubah" not in said, "the owner of the database can"
    world.store.close()
