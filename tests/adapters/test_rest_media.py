"""Over HTTPS a parcel says its envelope as its media type, and a partner of stock tools may answer
in its own form, as the gateway does. A JOSE partner sees what it always saw."""

from dataclasses import replace

import pytest

from gateway.domain.ids import Envelope, ParcelName
from gateway.ports import Message, SendError
from tests.adapters.rigs import DELIVERY, Keeper, RestRig, parcel
from tests.peers.tls_server import Behaviour, Handler

MEDIA = {
    Envelope.JOSE: "application/jose",
    Envelope.CMS: "application/pkcs7-mime",
    Envelope.OPENPGP: "application/pgp-encrypted",
}
STATEMENTS = ("application/jose", "application/pkcs7-mime", "application/pgp-signature")


def strict(media: str, answered: str = "") -> Behaviour:
    """A partner's service that takes one media type and no parameter of it."""

    def behave(handler: Handler, data: bytes) -> None:
        right = handler.headers["Content-Type"] == media
        named = {"Content_Type": answered} if answered else {}
        handler.answer(200 if right else 415, b"said" if answered else b"", **named)

    return behave


def sealed_as(rig: RestRig, envelope: Envelope) -> ParcelName:
    rig.partner = replace(rig.partner, envelope=envelope)
    return replace(parcel().name, envelope=envelope)


@pytest.mark.parametrize("envelope", Envelope)
def test_a_parcel_is_posted_as_what_it_is(rest_rig: RestRig, envelope: Envelope) -> None:
    rest_rig.server.behaviour = strict(MEDIA[envelope])
    name = sealed_as(rest_rig, envelope)
    with rest_rig.open() as adapter:
        adapter.send(DELIVERY, replace(parcel(), name=name))
    accept = rest_rig.server.seen[-1].headers["accept"]
    assert accept == ("application/jose" if envelope is Envelope.JOSE else ", ".join(STATEMENTS))


@pytest.mark.parametrize(
    ("ending", "media"), [*zip(("jws", "p7m", "asc"), STATEMENTS, strict=True)]
)
def test_a_word_of_the_gateway_is_posted_as_the_form_that_it_has(
    rest_rig: RestRig, ending: str, media: str
) -> None:
    rest_rig.server.behaviour = strict(media)
    with rest_rig.open() as adapter:
        adapter.say(Message(f"palang-uji-head.{ending}", b"head", "sha256:" + "0" * 64))


@pytest.mark.parametrize("media", [*STATEMENTS, "application/pkcs7-mime; smime-type=signed-data"])
def test_an_answer_in_any_form_of_a_statement_comes_with_the_hand_over(
    rest_rig: RestRig, media: str
) -> None:
    rest_rig.server.behaviour = strict("application/jose", media)
    with rest_rig.open() as adapter:
        assert adapter.send(DELIVERY, parcel()).reply == b"said"


@pytest.mark.parametrize("media", ["text/html", "application/pgp-encrypted"])
def test_an_answer_of_another_media_type_is_no_statement(rest_rig: RestRig, media: str) -> None:
    rest_rig.server.behaviour = strict("application/jose", media)
    with rest_rig.open() as adapter, pytest.raises(SendError, match="not with a statement"):
        adapter.send(DELIVERY, parcel())


def test_a_collected_statement_is_asked_for_in_the_forms_that_are_read(rest_rig: RestRig) -> None:
    sealed_as(rest_rig, Envelope.CMS)
    rest_rig.put_reply("ack.p7m", b"said")
    with rest_rig.open() as adapter:
        assert adapter.collect(Keeper()) == 1
    asked = [one for one in rest_rig.server.seen if one.path.endswith("ack.p7m")]
    assert asked[0].headers["accept"] == ", ".join(STATEMENTS)
