"""What CMS messages name: content types, attributes and algorithms, as DER (RFC 5652, 5083, 5084,
5753, 8418, 8419, 4055)."""

from gateway.domain.cms import der

DATA = der.oid("1.2.840.113549.1.7.1")
SIGNED = der.oid("1.2.840.113549.1.7.2")
ENVELOPED = der.oid("1.2.840.113549.1.7.3")
AUTH_ENVELOPED = der.oid("1.2.840.113549.1.9.16.1.23")

CONTENT_TYPE = der.oid("1.2.840.113549.1.9.3")
MESSAGE_DIGEST = der.oid("1.2.840.113549.1.9.4")

AES_256_GCM = der.oid("2.16.840.1.101.3.4.1.46")
AES_256_WRAP = der.oid("2.16.840.1.101.3.4.1.45")
AES_CBC = {
    der.oid("2.16.840.1.101.3.4.1.2"): 16,
    der.oid("2.16.840.1.101.3.4.1.22"): 24,
    der.oid("2.16.840.1.101.3.4.1.42"): 32,
}
"""AES-CBC -> bytes of its key: only by an exception (keys/exceptions.py)."""

RSA_PKCS1 = der.oid("1.2.840.113549.1.1.1")
RSA_OAEP = der.oid("1.2.840.113549.1.1.7")
RSA_PSS = der.oid("1.2.840.113549.1.1.10")
MGF1 = der.oid("1.2.840.113549.1.1.8")
ECDSA_SHA256 = der.oid("1.2.840.10045.4.3.2")
ED25519 = der.oid("1.3.101.112")
EC_KEY = der.oid("1.2.840.10045.2.1")
P256 = der.oid("1.2.840.10045.3.1.7")
X25519 = der.oid("1.3.101.110")
ECDH_X963_SHA256 = der.oid("1.3.132.1.11.1")
ECDH_HKDF_SHA256 = der.oid("1.2.840.113549.1.9.16.3.19")

SHA256 = der.oid("2.16.840.1.101.3.4.2.1")
SHA384 = der.oid("2.16.840.1.101.3.4.2.2")
SHA512 = der.oid("2.16.840.1.101.3.4.2.3")
DIGESTS = {SHA256: "sha256", SHA384: "sha384", SHA512: "sha512"}
"""Digests of content -> their names in hashlib."""
