"""A certificate authority for one test run: certificates for servers and clients, in PEM."""

import datetime as dt
import ipaddress
from collections.abc import Iterable

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = dt.timedelta(days=1)
Extensions = list[tuple[x509.ExtensionType, bool]]


def private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


class Authority:
    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named("dnsguard tests", "")
        usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        constraints: Extensions = [(x509.BasicConstraints(ca=True, path_length=None), True), (usage, True)]
        self._certificate = self._sign(self._name, self._key.public_key(), constraints)
        self.certificate = self._certificate.public_bytes(Encoding.PEM)

    def issue(self, name: str, organization: str = "", hosts: Iterable[str] = ()) -> tuple[bytes, bytes]:
        """Return a certificate for *name*, and its key; *hosts* are addresses or names."""
        key = ec.generate_private_key(ec.SECP256R1())
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        extensions: Extensions = [(usage, False), (x509.BasicConstraints(ca=False, path_length=None), True)]
        names = [_general(host) for host in hosts]
        if names:
            extensions.append((x509.SubjectAlternativeName(names), False))
        certificate = self._sign(_named(name, organization), key.public_key(), extensions)
        return certificate.public_bytes(Encoding.PEM), private(key)

    def _sign(self, name: x509.Name, key: ec.EllipticCurvePublicKey, extensions: Extensions) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(self._name).public_key(key)
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - DAY).not_valid_after(now + DAY)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return builder.add_extension(issuer, critical=False).sign(self._key, SHA256())


def _named(name: str, organization: str) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    if organization:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(parts)


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
