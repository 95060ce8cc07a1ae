"""`palang offline-key`: the key pair whose private half opens backups."""

from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.domain.errors import Conflict, InputError
from gateway.domain.trust import Algorithm
from keys import files, jwk
from keys.generate import generate


def make_offline_key(key: Path, public: Path, passphrase: bytes) -> str:
    """Write both halves; the fingerprint as two people compare it.

    Raises Conflict where a file is there, InputError for a short passphrase or a bad folder.
    """
    if public.exists():
        raise Conflict(f"{public} is there already", hint="name a new file with --public")
    made = generate(Algorithm.ECDH_X25519)
    files.write_private(key, made, passphrase, files.PERSON_ROUNDS)
    text = made.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    try:
        with public.open("xb") as file:
            file.write(text)
    except OSError as error:
        key.unlink(missing_ok=True)
        raise InputError(
            f"{public} can't be written: {error.strerror}",
            hint="name a new file in a folder that this user may write in",
        ) from None
    return jwk.phone_text(jwk.key_id(made.public_key()))
