"""Who asks: where the address and the key come from, and that the key is shown nowhere."""

import sys
import types

import pytest

from metaleak.errors import ConfigError, UsageError
from metaleak.search.credentials import Credentials, find_credentials

KEY = "0123456789abcdef0123456789abcdef0123"


@pytest.fixture(autouse=True)
def settings(tmp_path, monkeypatch):
    """Return the path of the user's settings, in a home of the test's own, without a keyring."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, "keyring", None)
    (tmp_path / "metaleak").mkdir()
    return tmp_path / "metaleak" / "settings.toml"


def keyring_with(get_password):
    """Return a module that stands in for the optional package."""
    module = types.ModuleType("keyring")
    module.errors = types.SimpleNamespace(KeyringError=type("KeyringError", (Exception,), {}))
    module.get_password = get_password
    return module


def test_the_environment_comes_before_the_settings_and_these_before_the_review(settings):
    settings.write_text('email = "settings@example.org"')

    assert (
        find_credentials("review@example.org", {"METALEAK_EMAIL": "me@example.org"}).email == "me@example.org"
    )
    assert find_credentials("review@example.org", {}).email == "settings@example.org"
    settings.unlink()
    assert find_credentials("review@example.org", {}).email == "review@example.org"


def test_without_an_address_the_error_says_where_to_put_it():
    with pytest.raises(UsageError, match="METALEAK_EMAIL") as error:
        find_credentials(None, {})
    assert "settings.toml" in str(error.value)


@pytest.mark.parametrize("address", ["me", "me@home", "a@b.c, d@e.f", "a b@example.org"])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(UsageError, match="no e-mail address"):
        find_credentials(None, {"METALEAK_EMAIL": address})


def test_settings_that_are_no_toml_are_named(settings):
    settings.write_text("email =")

    with pytest.raises(ConfigError, match="settings"):
        find_credentials(None, {})


def test_a_key_of_the_environment_raises_the_limit():
    with_key = find_credentials("a@example.org", {"NCBI_API_KEY": f" {KEY} "})

    assert (with_key.api_key, with_key.per_second) == (KEY, 10)
    assert find_credentials("a@example.org", {}).per_second == 3


def test_a_key_can_lie_in_the_keyring(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", keyring_with(lambda service, name: KEY))

    assert find_credentials("a@example.org", {}).api_key == KEY


def test_a_machine_without_a_keyring_service_searches_without_a_key(monkeypatch):
    module = keyring_with(None)

    def refuse(service, name):
        raise module.errors.KeyringError

    module.get_password = refuse
    monkeypatch.setitem(sys.modules, "keyring", module)

    assert find_credentials("a@example.org", {}).api_key is None


def test_what_is_no_key_is_refused_without_being_repeated():
    with pytest.raises(UsageError, match="holds no key") as error:
        find_credentials("a@example.org", {"NCBI_API_KEY": "secret key!"})
    assert "secret" not in str(error.value)


def test_the_key_is_in_no_text():
    credentials = Credentials("a@example.org", KEY)

    assert KEY not in repr(credentials)
    assert credentials.scrubbed(f'{{"api-key":"{KEY}"}}') == '{"api-key":"(key)"}'
