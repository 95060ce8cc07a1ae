"""Passwords of little work, so that a test makes thousands."""

from argon2 import PasswordHasher

from keys.passwords import Argon2Passwords


def cheap_passwords() -> Argon2Passwords:
    """Argon2id as ever, with the least memory and time that it takes."""
    return Argon2Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
