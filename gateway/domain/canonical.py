"""Bytes to sign: digests and the RFC 8785 subset that Palang writes (design 8).

Written: objects with ASCII names in sorted order, arrays, strings, integers below 2^53, booleans.
Read: as received and strictly. Duplicate members, a BOM, floats, null, NaN, lone surrogates are
refused, because two parsers that read one document differently are an attack (threats.md E15).
"""

import hashlib
import json
import re
from typing import Any, NoReturn

from gateway.domain.errors import NotVerified

Json = Any  # what json.loads gives; narrowed by the readers of each document
JsonObject = dict[str, Json]

MAX_INT = 2**53 - 1  # RFC 8785 3.2.2.3: integers beyond this differ between parsers
MAX_DEPTH = 16

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def digest(data: bytes) -> str:
    """`sha256:<hex>` over exact bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def is_digest(text: object) -> bool:
    """Whether this is a digest in the one form that is accepted."""
    return isinstance(text, str) and _DIGEST.fullmatch(text) is not None


def encode(document: JsonObject) -> bytes:
    """The document's canonical bytes (RFC 8785, within the subset).

    Raises ValueError for what the subset has no form for: that is a bug of the caller, not bad
    input.
    """
    _check(document, 0)
    return json.dumps(
        document, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    ).encode()


def decode(data: bytes, *, what: str) -> JsonObject:
    """Read one JSON object strictly.

    Raises NotVerified("malformed"), naming `what` and the defect.
    """
    try:
        document = json.loads(
            data.decode("utf-8", "strict"),
            object_pairs_hook=_unique,
            parse_float=_refuse_float,
            parse_constant=_refuse_constant,
        )
        if not isinstance(document, dict):
            raise ValueError("a JSON object is expected")
        _check(document, 0)
    except (ValueError, RecursionError) as error:
        # json's own messages quote the document; ours must not (promise H)
        defect = str(error) if type(error) is ValueError else "it is not UTF-8 JSON"
        raise NotVerified("malformed", f"{what} can't be read: {defect}") from None
    return document


def _unique(pairs: list[tuple[str, Json]]) -> JsonObject:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a member stands twice")
    return document


def _refuse_float(_text: str) -> NoReturn:
    raise ValueError("a number with a fraction or exponent")


def _refuse_constant(_text: str) -> NoReturn:
    raise ValueError("NaN or Infinity")


def _check(value: Json, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError(f"nested deeper than {MAX_DEPTH}")
    if isinstance(value, dict):
        for name, member in value.items():
            if not isinstance(name, str) or not name.isascii():
                raise ValueError("a member name is not ASCII")
            # plain text, as below; but what lies too deep is told
            if type(member) is not str or depth == MAX_DEPTH or not member.isascii():
                _check(member, depth + 1)
    elif isinstance(value, list | tuple):
        for member in value:
            # plain text is nearly all there is in a large statement
            if type(member) is not str or not member.isascii():
                _check(member, depth + 1)
    else:
        _check_scalar(value)


def _check_scalar(value: Json) -> None:
    if isinstance(value, bool):
        return
    if isinstance(value, int):
        if not -MAX_INT <= value <= MAX_INT:
            raise ValueError("an integer beyond 2^53")
    elif isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError("a lone surrogate") from None
    else:
        raise ValueError(f"a value of type {type(value).__name__}")
