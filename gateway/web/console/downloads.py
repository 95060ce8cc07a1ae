"""Evidence bundles as downloads."""

from dataclasses import dataclass

from flask import Response

from gateway.services.evidence import Exported


@dataclass(frozen=True, slots=True)
class Download:
    """A ZIP under its name; `digest` is that of a bundle, "" of several in one file."""

    name: str
    data: bytes
    digest: str = ""


def bundle(exported: Exported) -> Download:
    """One bundle as it is."""
    return Download(exported.name, exported.data, exported.digest)


def download_answer(made: Download) -> Response:
    """Its bytes; a bundle's digest stands in a header too, to compare with the ledger's."""
    answer = Response(made.data, content_type="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
    if made.digest:
        answer.headers["Palang-Digest"] = made.digest
    return answer
