"""Who plays: two officers, a source, eight partners and how each answers (domain.md 5).

Everything is fixed, so that the same counts come out every time.
"""

import shutil
from dataclasses import dataclass

GATEWAY = "komdigi-uji"
SEED = 20_261_124
ROWS = 2_000
SOURCE = "iasc"
PREPARER, RELEASER = "siti", "budi"
OFFICERS = {PREPARER: "Siti Rahma", RELEASER: "Budi Santoso"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a partner says of `share` in a hundred entries; `final`: no further word is due."""

    share: int
    disposition: str
    scope: str
    final: bool


@dataclass(frozen=True, slots=True)
class Player:
    """A partner. `answers` sum to at most a hundred: the rest of the entries stays unanswered.

    `loses_reply`: the answer to its first parcel gets lost on the way back. `script`: in place of
    our kit it has a script that imports nothing of ours. `tool`: it has that stock tool and a shell
    alone.
    """

    id: str
    name: str
    kind: str
    channel: str
    answers: tuple[Answer, ...] = ()
    consents: bool = False
    loses_reply: bool = False
    script: bool = False
    tool: str = ""

    def answer(self, entry: int) -> Answer | None:
        """What it says of this entry, None for nothing; entries are told apart by number only."""
        place = (entry - 1) % 100
        for answer in self.answers:
            if place < answer.share:
                return answer
            place -= answer.share
        return None


OPERATOR_A = Player(
    "opr-uji-a",
    "Operator Uji A",
    "operator",
    "sftp",
    answers=(
        Answer(88, "diblokir_total", "total", final=True),
        Answer(4, "sudah_nonaktif", "", final=True),
        Answer(3, "bukan_pelanggan", "", final=True),
        Answer(2, "diblokir_sebagian", "sms", final=False),
        Answer(1, "daur_ulang", "", final=True),
    ),
)
OPERATOR_B = Player("opr-uji-b", "Operator Uji B", "operator", "rest", loses_reply=True)
OPERATOR_C = Player(
    "opr-uji-c",
    "Operator Uji C",
    "operator",
    "mail",
    answers=(
        Answer(95, "diblokir_total", "total", final=True),
        Answer(5, "tertunda", "", final=False),
    ),
)
OTT = Player(
    "ott-uji",
    "OTT Uji",
    "ott",
    "pull",
    answers=(
        Answer(60, "ditindak", "account", final=True),
        Answer(30, "tidak_ditemukan", "", final=True),
        Answer(10, "ditinjau", "", final=False),
    ),
    consents=True,
)
OTT_SCRIPT = Player(
    "ott-skrip",
    "Mitra dengan skrip",
    "ott",
    "sftp",
    answers=(Answer(100, "ditindak", "account", final=True),),
    consents=True,
    script=True,
)
OTT_WITHOUT = Player("ott-tanpa", "OTT Tanpa", "ott", "rest")
OTT_GPG, OTT_OPENSSL = (
    Player(
        f"ott-{tool[-3:]}",
        f"Mitra dengan {tool}",
        "ott",
        channel,
        answers=(Answer(100, "ditindak", "account", final=True),),
        consents=True,
        tool=tool,
    )
    for tool, channel in (("gpg", "sftp"), ("openssl", "pull"))
)
SENDER = Player("iasc-uji", "IASC Uji", "source", "pull")
"""The source: it signs its list, seals it to the gateway and hands it in over the listener."""
NEEDS = {"gpg": ("gpg", "unzip"), "openssl": ("openssl", "unzip", "curl")}
"""The programs that a partner with a stock tool has."""


def lacks(player: Player) -> str:
    """The program that this player would need and that is not on this machine, "" for none."""
    wanted = NEEDS.get(player.tool, ())
    return next((program for program in wanted if shutil.which(program) is None), "")


ABSENT = tuple(player for player in (OTT_GPG, OTT_OPENSSL) if lacks(player))
PLAYERS = (
    *(OPERATOR_A, OPERATOR_B, OPERATOR_C, OTT, OTT_SCRIPT, OTT_WITHOUT),
    *(player for player in (OTT_GPG, OTT_OPENSSL) if player not in ABSENT),
)
OPENED = "dibuka"
"""What every partner that answers says of an entry to unblock."""

# The consent of both OTTs: what it covers, as codes and as the words that senders write for them.
CATEGORIES = {
    "penipuan": "Penipuan",
    "peniruan_identitas": "Peniruan identitas",
    "investasi_fiktif": "Investasi fiktif",
}
CHANNELS = {"whatsapp": "WhatsApp"}
TERMS = {
    "from": "2026-01-01T00:00:00Z",
    "until": "2099-12-31T00:00:00Z",
    "categories": list(CATEGORIES),
    "channels": list(CHANNELS),
    "origins": ["domestic", "foreign"],
    "fields": ["category", "channel"],
    "maximum": {"entries": 10_000, "period": "P30D"},
    "purpose": "own policy",
    "retention": "P90D",
    "target": "P3D",
    "answers": "per-entry",
}
"""The consent as a statement has it (docs/formats.md), for a partner without our kit."""
CONSENT = (
    *(word for code in CATEGORIES for word in ("--category", code)),
    *(word for code in CHANNELS for word in ("--channel", code)),
    *("--origin", "domestic", "--origin", "foreign"),
    *("--field", "category", "--field", "channel"),
    *("--maximum", "10000", "--period", "P30D", "--until", "2099-12-31"),
    *("--purpose", "own policy", "--retention", "P90D", "--target", "P3D"),
    *("--answers", "per-entry"),
)
