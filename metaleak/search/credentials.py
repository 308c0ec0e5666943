"""Who asks: the address that NCBI wants to know, and the key that raises the limit."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from metaleak.errors import ConfigError, UsageError

#: The name under which metaleak is known to NCBI.
TOOL = "metaleak"

#: Environment variables of the address and of the key.
EMAIL, API_KEY = "METALEAK_EMAIL", "NCBI_API_KEY"

_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")
_KEY = re.compile(r"[0-9A-Za-z_-]{8,80}")


@dataclass(frozen=True, slots=True)
class Credentials:
    """The address and, perhaps, the key; the key is in no text that this object gives."""

    email: str
    api_key: str | None = field(default=None, repr=False)

    @property
    def per_second(self) -> int:
        """Requests that NCBI allows per second: 3 for an address, 10 for a key."""
        return 3 if self.api_key is None else 10

    def scrubbed(self, text: str) -> str:
        """Return a server's words without the key: NCBI repeats it in its refusals."""
        return text if self.api_key is None else text.replace(self.api_key, "(key)")


def find_credentials(project_email: str | None, environment: Mapping[str, str]) -> Credentials:
    """Return who asks.

    The address is that of METALEAK_EMAIL, else of the user's ``settings.toml``, else of the review. The key
    is that of NCBI_API_KEY, else the one that ``keyring set metaleak ncbi`` keeps, if keyring is installed.

    Raises
    ------
    UsageError
        When there is no address, or the address or the key cannot be one.
    ConfigError
        When the user's settings are not TOML.
    """
    email = environment.get(EMAIL, "").strip() or _user_email() or project_email or ""
    if _EMAIL.fullmatch(email) is None:
        raise UsageError(
            "PubMed is asked in somebody's name" if not email else f"{email!r} is no e-mail address",
            required="an e-mail address, which NCBI uses only to write before it blocks a caller",
            todo=f'set {EMAIL}, or write email = "..." into {_settings()} or under [search] in metaleak.toml',
        )
    return Credentials(email, _api_key(environment))


def _api_key(environment: Mapping[str, str]) -> str | None:
    key = environment.get(API_KEY, "").strip() or _kept_key()
    if not key:
        return None
    if _KEY.fullmatch(key) is None:
        raise UsageError(
            f"{API_KEY} holds no key",
            required="letters, digits, - and _ as NCBI's account page shows them",
            got=f"{len(key)} characters, which are not repeated here",
        )
    return key


def _kept_key() -> str | None:
    try:
        import keyring
    except ImportError:
        return None
    # A machine without a keyring service searches without a key, as one without keyring does.
    with suppress(keyring.errors.KeyringError):
        key: str | None = keyring.get_password("metaleak", "ncbi")
        return key
    return None


def _settings() -> Path:
    import platformdirs

    return platformdirs.user_config_path("metaleak", appauthor=False) / "settings.toml"


def _user_email() -> str | None:
    path = _settings()
    try:
        email = tomllib.loads(path.read_text(encoding="utf-8")).get("email")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ConfigError("the settings cannot be read", got=str(error), where=str(path)) from None
    return email if isinstance(email, str) else None
