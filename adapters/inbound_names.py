"""What a partner's item is, by its name; whether it is what it is called, the judge finds out."""

from gateway.domain.source_list import ListName
from gateway.ports import InboundKind


def is_list(name: str) -> bool:
    """Whether this is the name of a source's sealed list."""
    return ListName.parse(name) is not None


def kind_of(name: str) -> InboundKind:
    """A source's parcel by its own name; everything else is taken for a statement."""
    return "parcel" if is_list(name) else "statement"
