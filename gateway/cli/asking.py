"""Asks for a phone number: never an argument, which process lists and shell histories keep."""

import sys

import click

from gateway.domain.searched import searched_number


def ask_number() -> int:
    """One phone number from the terminal, without echo, or from standard input; its E.164 digits.

    Raises InputError.
    """
    if sys.stdin.isatty():
        text = click.prompt("Number", hide_input=True, err=True)
    else:
        text = sys.stdin.readline()
    return searched_number(text)
