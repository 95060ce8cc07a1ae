"""What a new card would change, line by line, as officers read it before they sign."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.domain.canonical import JsonObject, digest
from gateway.domain.fingerprints import phone_text, printable
from gateway.domain.statements import Card


@dataclass(frozen=True, slots=True)
class Change:
    """`before` is "" for what is new, `after` is "" for what is gone."""

    what: str
    before: str
    after: str

    @property
    def line(self) -> str:
        """One line as a diff writes it."""
        before, after = printable(self.before), printable(self.after)
        if not self.before:
            return f"+ {self.what}: {after}"
        if not self.after:
            return f"- {self.what}: {before}"
        return f"~ {self.what}: {before} -> {after}"


def changes(before: Card | None, after: Card) -> tuple[Change, ...]:
    """All differences from the card that rules, in one order; without one, all that the card says.

    Keys are compared by id: their fingerprints are what two people read to each other.
    """
    found = []
    old = _fields(before) if before else {}
    for what, value in _fields(after).items():
        if old.get(what, "") != value:
            found.append(Change(what, old.get(what, ""), value))
    return (*found, *_keys(before.keys if before else (), after.keys))


def _fields(card: Card) -> dict[str, str]:
    return {
        "organisation": card.name,
        "kind": card.partner_kind,
        "contacts": ", ".join(card.contacts),
        "channel": card.channel,
        "reply": card.reply,
        "identity of its server": _peer(card.peer),
        "envelopes": ", ".join(card.envelopes),
        "test": "yes" if card.test else "no",
        "does without a person": ", ".join(card.capabilities),
        "consent": _short(card.consent),
    }


def _peer(peer: str) -> str:
    """A host key line as it is; a CA's PEM has many lines and is named by its digest."""
    return peer if "\n" not in peer else f"PEM {_short(peer)}"


def _short(text: str) -> str:
    return phone_text(digest(text.encode())) if text else ""


def _keys(before: tuple[JsonObject, ...], after: tuple[JsonObject, ...]) -> Iterator[Change]:
    old, new = ({str(key.get("kid")): key for key in keys} for keys in (before, after))
    for kid in new:
        if kid not in old:
            yield Change(f"{new[kid].get('role')} key", "", _key(new[kid]))
    for kid in old:
        if kid not in new:
            yield Change(f"{old[kid].get('role')} key", _key(old[kid]), "")


def _key(key: JsonObject) -> str:
    window = f"{key.get('not_before')} to {key.get('not_after')}"
    return f"{phone_text(str(key.get('kid')))} ({key.get('alg')}, {window})"
