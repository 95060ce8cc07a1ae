"""A statement key of the own card that counts no more: a forgetful machine signs with it."""

import os
from pathlib import Path

from gateway.domain.times import Micros
from gateway.domain.trust import Role
from gateway.ports import Signer
from keys.files import key_path, load_signer
from keys.secrets import unlock_secret
from partner.identity import KEYS, load_card
from partner.settings import load


def retired_signer(home: Path, at: Micros) -> Signer | None:
    """It, None where every statement key on the card still counts. Raises as load_signer."""
    for key in load_card(home, at).keys:
        path = key_path(home / KEYS, Role.STATEMENT, key.kid)
        if key.role is Role.STATEMENT and key.not_after <= at and path.is_file():
            return load_signer(path, unlock_secret(load(home).unlock_file, os.environ))
    return None
