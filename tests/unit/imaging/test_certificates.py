"""The certificate of a house: made once, kept from others, or brought by the operator."""

import datetime as dt
import stat
from concurrent.futures import ProcessPoolExecutor

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from ruche import config, errors
from ruche.imaging import certificates, credentials


def settings(folder, **given):
    return config.Settings(data=folder, **given)


def mark(folder):
    return certificates.of_house(settings(folder)).certificate.mark


def test_the_same_one_is_used_from_then_on(tmp_path):
    assert mark(tmp_path) == mark(tmp_path)
    assert mark(tmp_path) != mark(tmp_path / "another")


def test_it_lies_where_only_the_house_reads(tmp_path):
    mark(tmp_path)
    folder = tmp_path / certificates.FOLDER
    assert [path.name for path in folder.iterdir()] == [certificates.FILE]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / certificates.FILE).stat().st_mode) == 0o600


def test_processes_that_start_at_once_have_the_same(tmp_path):
    with ProcessPoolExecutor(4) as pool:
        assert len(set(pool.map(mark, [tmp_path] * 8))) == 1


def test_the_key_is_shown_nowhere(tmp_path):
    pair = certificates.of_house(settings(tmp_path))
    assert "PRIVATE" not in repr(pair)
    assert "PRIVATE" not in pair.certificate.chain
    assert pair.certificate.self_made


def test_one_that_runs_out_is_replaced(tmp_path, monkeypatch):
    monkeypatch.setattr(certificates, "_LEAF_YEARS", 0)
    old = mark(tmp_path)
    monkeypatch.undo()
    assert mark(tmp_path) != old


def test_a_folder_that_cannot_be_used_is_told(tmp_path):
    (tmp_path / "data").write_text("a file")
    with pytest.raises(errors.BadCredentials, match="cannot be used"):
        mark(tmp_path / "data")


@pytest.fixture
def bring(tmp_path):
    """Writes an operator's certificate and key, and gives the settings that name them."""

    def write(*, uses=ExtendedKeyUsageOID.EMAIL_PROTECTION, issuer=True, curve=None, wrong_key=False):
        root_key, key = (
            ec.generate_private_key(ec.SECP256R1()),
            ec.generate_private_key(curve or ec.SECP256R1()),
        )
        begun = certificates._begun
        name = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "A gallery")])
        above = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "An authority")])
        root = (
            begun(above, above, root_key.public_key(), years=9)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(root_key, hashes.SHA256())
        )
        leaf = (
            begun(name, above, key.public_key(), years=1)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(certificates._usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([uses]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False
            )
            .sign(root_key, hashes.SHA256())
        )
        chain = [leaf, root] if issuer else [leaf]
        (tmp_path / "c.pem").write_bytes(
            b"".join(one.public_bytes(serialization.Encoding.PEM) for one in chain)
        )
        (tmp_path / "k.pem").write_bytes(
            (root_key if wrong_key else key).private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return settings(
            tmp_path / "data", certificate=str(tmp_path / "c.pem"), certificate_key=str(tmp_path / "k.pem")
        )

    return write


@pytest.mark.parametrize(
    "changes", [{}, {"curve": ec.SECP384R1()}, {"uses": x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")}]
)
def test_the_operators_is_used_where_it_is_given(bring, tmp_path, changes):
    pair = certificates.of_house(bring(**changes))
    signer = credentials.Signer(pair)
    assert not signer.certificate.self_made
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(("changes", "words"), [
    ({"issuer": False}, "issued it"),
    ({"uses": ExtendedKeyUsageOID.CLIENT_AUTH}, "certificate|refuse"),
    ({"wrong_key": True}, "refuse its key"),
])  # fmt: skip
def test_one_that_readers_would_refuse_is_refused_at_the_start(bring, changes, words):
    with pytest.raises(errors.BadCredentials, match=words):
        credentials.Signer(certificates.of_house(bring(**changes)))


def test_a_file_that_is_no_certificate_is_told(bring, tmp_path):
    given = bring()
    (tmp_path / "c.pem").write_text("not a certificate")
    with pytest.raises(errors.BadCredentials, match="PEM"):
        certificates.of_house(given)
    (tmp_path / "c.pem").unlink()
    with pytest.raises(errors.BadCredentials, match="cannot be read"):
        certificates.of_house(given)


def test_a_certificate_without_its_key_is_a_wrong_setting(tmp_path):
    with pytest.raises(errors.BadSettings, match="together"):
        settings(tmp_path, certificate="c.pem")


def test_it_is_good_for_many_years(tmp_path):
    leaf = certificates.of_house(settings(tmp_path)).certificate.parts[0]
    left = leaf.not_valid_after_utc - dt.datetime.now(dt.UTC)
    assert left > dt.timedelta(days=15 * 365)
