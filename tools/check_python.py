"""Refuse, by name, a Python on which Palang was never tested.

Written so that any Python can at least parse it: the refusal is for those that are too old, too.
"""

import sys

TESTED = ((3, 11), (3, 12), (3, 13))


def refusal(major, minor):
    # type: (int, int) -> str
    """Say why this version is refused, or return an empty text if it is tested."""
    if (major, minor) in TESTED:
        return ""
    message = "Python {}.{} ({}) is untested: use Python {}, for example: make PYTHON=python{} test"
    names = ["{}.{}".format(*version) for version in TESTED]
    choice = ", ".join(names[:-1]) + " or " + names[-1]
    return message.format(major, minor, sys.executable, choice, names[0])


if __name__ == "__main__":
    sys.exit(refusal(*sys.version_info[:2]) or 0)
