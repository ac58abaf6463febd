from pathlib import Path

import pytest

from ruche import config, errors


def test_the_environment_sets_and_an_option_wins():
    settings = config.read({"RUCHE_PORT": "9000", "RUCHE_DATA": "there"}, port=9001)
    assert (settings.port, settings.data) == (9001, Path("there"))


def test_every_fault_is_told_at_once():
    with pytest.raises(errors.BadSettings) as caught:
        config.read({"RUCHE_PORT": "99999", "RUCHE_DEVICE": "abacus", "RUCHE_WAITING_JOBS": "0"})
    assert all(word in caught.value.sentence for word in ("port", "device", "waiting_jobs"))


def test_a_word_where_a_number_belongs_is_told_with_its_variable():
    with pytest.raises(errors.BadSettings, match="RUCHE_PORT"):
        config.read({"RUCHE_PORT": "many"})


def test_a_child_process_reads_the_same_settings():
    settings = config.read({}, port=9005, data=Path("/srv/ruche"))
    assert config.read(config.inherited(settings)) == settings


def test_the_address_is_what_a_person_types():
    assert config.read({"RUCHE_PUBLIC_URL": "https://ruche.example/"}).address == "https://ruche.example"


@pytest.mark.parametrize(
    ("host", "address"),
    [("0.0.0.0", "http://127.0.0.1:8321"), ("::1", "http://[::1]:8321"), ("::", "http://[::1]:8321")],
)
def test_the_address_can_be_opened_whatever_the_server_listens_on(host, address):
    assert config.read({"RUCHE_HOST": host}).address == address


def test_port_nought_is_refused_because_nobody_could_open_it():
    with pytest.raises(errors.BadSettings, match="between 1 and 65535"):
        config.read({}, port=0)


@pytest.mark.parametrize("proxies", ["10.0.0.7", "10.0.0.0/8, ::1", "", "fd00::/64"])
def test_proxies_are_addresses_and_networks(proxies):
    assert config.read({"RUCHE_TRUSTED_PROXIES": proxies}).trusted_proxies == proxies


@pytest.mark.parametrize("proxies", ["*", "0.0.0.0/0", "::/0", "proxy.example", "10.0.0.7;10.0.0.8"])
def test_everybody_and_names_are_no_proxies(proxies):
    with pytest.raises(errors.BadSettings, match="trusted_proxies"):
        config.read({"RUCHE_TRUSTED_PROXIES": proxies})
