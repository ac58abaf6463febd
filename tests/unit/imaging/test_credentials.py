"""Content credentials: that they hold with C2PA's own reader, and what breaks them."""

import contextlib
import io
import json
import socket
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import c2pa
import numpy as np
import pytest
from PIL import Image

from ruche import config, errors
from ruche.imaging import certificates, chunks, containers, credentials
from tests.unit.imaging import drawn
from tests.unit.imaging.pictures import pixels_of

IMAGE = uuid.UUID("0199b5a0-0000-7000-8000-000000000001")
OWN = {"recipe": {"prompt": "secret words"}, "image": str(IMAGE)}
WRITERS = {"png": chunks.png, "jpeg": chunks.jpeg, "webp": chunks.webp}


@pytest.fixture(scope="module")
def signer(tmp_path_factory):
    settings = config.Settings(data=tmp_path_factory.mktemp("house"))
    return credentials.Signer(certificates.of_house(settings))


@pytest.fixture(scope="module")
def file():
    return chunks.png(drawn.picture(3), "a red circle", OWN)


def told(data, kind="image/png", **trust):
    """What the C2PA project's own reader says."""
    context = c2pa.Context.from_dict({"trust": trust} if trust else {})
    with c2pa.Reader(kind, io.BytesIO(data), context=context) as reader:
        return reader.get_validation_state(), json.loads(reader.json())


@pytest.mark.parametrize("kind", WRITERS)
def test_the_projects_own_reader_finds_a_signed_file_valid_and_trusts_its_issuer(signer, kind):
    plain = WRITERS[kind](drawn.picture(3), "a red circle", OWN)
    signed = signer.sign(plain, IMAGE)
    media_type = credentials.MEDIA_TYPES[kind]
    assert told(signed.data, media_type)[0] == "Valid"
    state, found = told(signed.data, media_type, user_anchors=signer.certificate.anchors)
    assert state == "Trusted"
    manifest = found["manifests"][found["active_manifest"]]
    [created] = manifest["assertions"][0]["data"]["actions"]
    assert created["action"] == "c2pa.created"
    assert created["digitalSourceType"] == chunks.MADE_BY_ALGORITHM
    assert manifest["claim_generator_info"][0]["name"] == "Ruche"
    assert (found["active_manifest"], len(found["manifests"])) == (signed.manifest, 1)
    assert "thumbnail" not in json.dumps(found)
    assert len(signed.data) - len(plain) < 4000
    assert (pixels_of(signed.data) == pixels_of(plain)).all()
    assert chunks.read(signed.data) == chunks.read(plain)


def test_our_reader_knows_our_signature_and_no_other(signer, file, tmp_path):
    signed = signer.sign(file, IMAGE)
    found = credentials.read(signed.data, [signer.certificate])
    assert found == credentials.Credential(
        whole=True, ours=True, manifest=signed.manifest, generator="Ruche", by_algorithm=True, image=IMAGE,
        signer="Ruche, self-made", self_made=True,
    )  # fmt: skip
    other = certificates.of_house(config.Settings(data=tmp_path)).certificate
    for known in ([], [other]):
        stranger = credentials.read(signed.data, known)
        assert (stranger.whole, stranger.ours, stranger.self_made) == (True, False, False)


@pytest.mark.parametrize("where", [b"IDAT", b"parameters", b"ruche\0"])
def test_one_changed_bit_breaks_it_and_it_is_still_ours(signer, file, where):
    data = bytearray(signer.sign(file, IMAGE).data)
    data[data.index(where) + 20] ^= 1
    assert told(bytes(data))[0] == "Invalid"
    found = credentials.read(bytes(data), [signer.certificate])
    assert (found.whole, found.ours, found.image) == (False, True, IMAGE)


@pytest.mark.parametrize("where", [str(IMAGE).encode(), b"trainedAlgorithmicMedia"])
def test_words_of_the_credential_that_were_changed_are_nobodys(signer, file, where):
    data = bytearray(signer.sign(file, IMAGE).data)
    # The XMP says the source type as well; only the credential is changed.
    start = data.index(b"caBX")
    data[data.index(where, start) + 3] ^= 1
    assert told(bytes(data))[0] == "Invalid"
    found = credentials.read(bytes(data), [signer.certificate])
    assert (found.whole, found.ours) == (False, False)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_encoding_again_loses_it(signer, file, kind):
    out = io.BytesIO()
    Image.open(io.BytesIO(signer.sign(file, IMAGE).data)).convert("RGB").save(out, kind)
    assert credentials.read(out.getvalue(), [signer.certificate]) is None
    with pytest.raises(c2pa.C2paError, match="ManifestNotFound"):
        told(out.getvalue(), f"image/{kind.lower()}")


def test_taking_it_out_leaves_the_file_as_it_was(signer, file):
    assert credentials.without(signer.sign(file, IMAGE).data) == file


def test_a_credential_of_a_forger_with_our_number_is_not_ours(signer, file, tmp_path, monkeypatch):
    serial = signer.certificate.parts[0].serial_number
    monkeypatch.setattr(certificates.x509, "random_serial_number", lambda: serial)
    forger = credentials.Signer(certificates.of_house(config.Settings(data=tmp_path)))
    assert forger.certificate.serial == signer.certificate.serial
    found = credentials.read(forger.sign(file, IMAGE).data, [signer.certificate])
    assert (found.whole, found.ours) == (True, False)


@pytest.mark.parametrize("spoil", [
    lambda data: data[: len(data) // 2],
    lambda data: data[:8] + b"\0" * 4000,
    lambda data: data.replace(b"jumb", b"jumd"),
    lambda data: data.replace(b"caBX", b"caBY"),
])  # fmt: skip
def test_what_cannot_be_read_is_no_credential(signer, file, spoil):
    assert credentials.read(spoil(signer.sign(file, IMAGE).data), [signer.certificate]) is None


def test_nothing_that_a_file_names_is_fetched(signer, file):
    callers = []

    def serve(door):
        with contextlib.suppress(OSError):
            while True:
                caller, _ = door.accept()
                callers.append(caller.recv(100))
                caller.close()

    with socket.create_server(("127.0.0.1", 0)) as door:
        threading.Thread(target=serve, args=(door,), daemon=True).start()
        out = io.BytesIO()
        with c2pa.Builder({**credentials._note("", IMAGE), "label": None}) as builder:
            builder.set_no_embed()
            builder.set_remote_url(f"http://127.0.0.1:{door.getsockname()[1]}/manifest.c2pa")
            builder.sign(signer._signer, "image/png", io.BytesIO(file), out)
        assert credentials.read(out.getvalue(), [signer.certificate]) is None
        assert callers == []
        # A reader that was not told otherwise calls, which is why ours is.
        with pytest.raises(c2pa.C2paError):
            told(out.getvalue())
        assert callers
        door.shutdown(socket.SHUT_RDWR)


def test_several_threads_sign_at_once(signer, file):
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: signer.sign(file, uuid.uuid4()), range(12)))
    assert len({one.manifest for one in made}) == 12
    assert {told(one.data)[0] for one in made} == {"Valid"}


@pytest.mark.parametrize("kind", WRITERS)
def test_a_plain_copy_says_what_made_it_and_not_how(signer, kind):
    whole = WRITERS[kind](drawn.picture(3), "secret words", OWN)
    plain = chunks.plain(whole) if kind == "png" else WRITERS[kind](drawn.picture(3), "", None)
    signed = signer.sign(plain, IMAGE).data
    assert chunks.says_algorithm(signed)
    assert b"secret" not in signed
    assert "secret".encode("utf-16-le") not in signed
    assert chunks.read(signed).keys() <= {chunks.XMP}
    assert told(signed, credentials.MEDIA_TYPES[kind])[0] == "Valid"
    assert not chunks.says_algorithm(chunks.strip(signed))
    assert (pixels_of(signed) == pixels_of(whole)).all()


def test_a_plain_copy_of_a_picture_by_somebody_else_is_still_its_pixels():
    out = io.BytesIO()
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(out, "PNG")
    assert containers.format_of(chunks.plain(out.getvalue())) == "png"
    assert not chunks.says_algorithm(out.getvalue())
    with pytest.raises(errors.BadImage):
        chunks.says_algorithm(b"no image at all")
