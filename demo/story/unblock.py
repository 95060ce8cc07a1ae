"""An unblock: it goes to everybody who got the number, and who confirmed it."""

from demo.cast import PREPARER, RELEASER
from demo.screen import clock
from demo.shell import DemoFailed
from demo.stage import Stage
from demo.story.number import Chosen
from gateway.domain.numbering import mask

_LETTER = "SURAT-UJI-7/2026"


def tell(stage: Stage, chosen: Chosen) -> None:
    """Free the number of the story before."""
    file = stage.folder / "buka.csv"
    file.write_text(f"NOMOR HP\n+{chosen.number}\n", "utf-8")
    made = stage.palang.json("batch", "new", "--unblock", str(file), "--reason", _LETTER)
    batch = str(made["batch"])
    stage.palang.run("batch", "submit", batch, *stage.signed_by(RELEASER))
    done = stage.palang.json("batch", "release", batch, *stage.signed_by(PREPARER))
    partners = [delivery.split(".")[1] for delivery in done["deliveries"]]
    stage.screen.part(
        "UNBLOCK",
        f"{mask(chosen.number)} ({_LETTER}, two officers) goes to all who got it: "
        f"{', '.join(partners)}",
    )
    _confirmed(stage, batch, partners)


def _confirmed(stage: Stage, batch: str, partners: list[str]) -> None:
    missing = dict.fromkeys(partners, "")
    for fact in stage.worker.happenings(
        lambda: ", ".join(
            f"the unblock's confirmation of {p}" for p, at in missing.items() if not at
        )
    ):
        if fact.get("event") == "judged" and fact["kind"] == "confirm":
            missing[fact["partner"]] = clock(fact["timestamp"])
    for partner in partners:
        said = stage.delivery(stage.actor(partner).delivery(int(batch)))["confirmed"]
        if said != {"dibuka": 1}:
            raise DemoFailed(f"expected {partner} to declare dibuka once, got {said}")
    words = [f"{partner} declared it open (dibuka) {at} WIB" for partner, at in missing.items()]
    stage.screen.more("; ".join(words))
