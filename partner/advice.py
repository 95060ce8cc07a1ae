"""What to do about a statement that the gateway did not accept, by its reason."""

_ASK = "ask the gateway's officers, and name the statement"
_KEY = "the gateway does not count this key now: send its officers a new card, palang-partner init"
_ADVICE = {
    "entry-outside": "the parcel has no such entry: correct the result, then confirm it again",
    "wrong-action": "this disposition can't answer that action: correct the result, confirm again",
    "malformed": "made by a program that is not this kit, or damaged on the way: say it again",
    "unknown-parcel": "the gateway sealed no such parcel for you: ask its officers at once",
    "wrong-object": "it names another delivery's parcel: ask the gateway's officers",
    "old-epoch": "a new epoch runs at the gateway: wait for its parcels, then ask again",
    "replayed": "it was said before; nothing to do",
    "unknown-key": _KEY,
    "wrong-owner": _KEY,
    "wrong-role": _KEY,
    "key-revoked": _KEY,
    "key-not-valid": _KEY,
    "signature": "damaged on the way: it is said again with ack --delivery or confirm --again",
    "audience": "the card is addressed to another gateway: make a new kit for this one",
    "issuer": _KEY,
    "not-agreed": "the consent does not agree to answers per entry: give a new one with --answers "
    "per-entry, for what comes after it",
    "not-accepted": "the gateway could not take it as it is: ask its officers why",
    "not-a-source": "the card is not of a source: ask the gateway's officers",
    "old-serial": "this kit's count is behind the gateway's: send it with --serial and a number "
    "above the last one that was accepted",
    "unknown-code": "the gateway's lists have no such category or channel: ask its officers for "
    "the words, then send the list again",
    "evidence-date": "the evidence date lies in the future: send the list again with the right one",
    "bad-digest": "damaged on the way: send the list again",
    "unexpected-kind": "this kind does not go over this channel: ask the gateway's officers",
}


def advice(kind: str, reason: str) -> str:
    """The next step for a person; `kind` is the statement's."""
    if kind == "confirm" and reason == "conflict":
        return "two confirmations of one revision differ: confirm the delivery once more"
    return _ADVICE.get(reason, _ASK)
