"""An unblock: it goes to everybody who got the number, and who confirmed it."""

from dataclasses import dataclass

from demo.cast import PREPARER, RELEASER
from demo.screen import clock
from demo.shell import DemoFailed
from demo.stage import Stage
from demo.story.number import Chosen
from gateway.domain.numbering import mask

_LETTER = "SURAT-UJI-7/2026"


@dataclass(frozen=True, slots=True)
class Released:
    """A batch that frees one number, and who gets it."""

    number: int
    batch: int
    partners: tuple[str, ...]


def release(stage: Stage, chosen: Chosen) -> Released:
    """Free the number of the story before; two officers, the other way round."""
    file = stage.folder / "buka.csv"
    file.write_text(f"NOMOR HP\n+{chosen.number}\n", "utf-8")
    made = stage.palang.json("batch", "new", "--unblock", str(file), "--reason", _LETTER)
    batch = str(made["batch"])
    stage.palang.run("batch", "submit", batch, *stage.signed_by(RELEASER))
    done = stage.palang.json("batch", "release", batch, *stage.signed_by(PREPARER))
    partners = tuple(delivery.split(".")[1] for delivery in done["deliveries"])
    return Released(chosen.number, int(batch), partners)


def tell(stage: Stage, freed: Released) -> None:
    """Who got it, and who confirmed it."""
    stage.screen.part(
        "UNBLOCK",
        f"{mask(freed.number)} ({_LETTER}), to all {len(freed.partners)} who got it",
    )
    _confirmed(stage, freed)


def _confirmed(stage: Stage, freed: Released) -> None:
    missing = dict.fromkeys(freed.partners, "")
    for fact in stage.worker.happenings(
        lambda: ", ".join(
            f"the unblock's confirmation of {p}" for p, at in missing.items() if not at
        )
    ):
        if fact.get("event") == "judged" and fact["kind"] == "confirm":
            missing[fact["partner"]] = clock(fact["timestamp"])
    for partner in freed.partners:
        said = stage.delivery(stage.actor(partner).delivery(freed.batch))["confirmed"]
        if said != {"dibuka": 1}:
            raise DemoFailed(f"expected {partner} to declare dibuka once, got {said}")
    last = max(missing.values())
    stage.screen.more(f"declared it open (dibuka) by {last} WIB: {', '.join(missing)}")
