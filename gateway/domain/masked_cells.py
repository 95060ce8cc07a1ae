"""A cell as screens show it: recognisable to whoever has the file, useless to anybody else."""

import re


def mask_text(raw: str) -> str:
    """A refused cell for the screen: at most four first and two last digits, no plain words."""
    words = [word if any(c.isdigit() for c in word) else "…" for word in raw[:80].split()]
    shown = re.sub(r"(?:… )+…", "…", " ".join(words))
    places = [index for index, char in enumerate(shown) if char.isdigit()]
    ends = 2 if len(places) > 8 else 0
    hidden = set(places[min(4, len(places) // 3) : len(places) - ends])
    masked = "".join("•" if index in hidden else char for index, char in enumerate(shown))
    return "".join(char if char.isprintable() else "�" for char in masked[:48]) or "(empty)"
