"""Asks for a phone number: never an argument, which process lists and shell histories keep."""

import re
import sys

import click

from gateway.domain.errors import InputError


def ask_number() -> int:
    """One phone number from the terminal, without echo, or from standard input; its E.164 digits.

    Raises InputError.
    """
    if sys.stdin.isatty():
        text = click.prompt("Number", hide_input=True, err=True)
    else:
        text = sys.stdin.readline()
    digits = re.sub(r"[\s().-]", "", text).removeprefix("+")
    if digits.startswith("0"):
        digits = "62" + digits[1:]
    if not re.fullmatch(r"[1-9]\d{6,14}", digits, re.ASCII):
        raise InputError(
            "expected one phone number, written +62..., 62... or 0...",
            hint="one number alone, for example as the source wrote it; it is never an argument",
        )
    return int(digits)
