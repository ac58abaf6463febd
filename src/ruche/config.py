"""The settings of the house: the only reader of the environment.

Every setting has a name, a default and one sentence; `RUCHE_` in front of the name in capitals is its
environment variable. All faults are told at once. Options on the command line win over the
environment.
"""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from ruche import errors

PORTS: Final = range(1, 65536)
S3: Final = (
    "With `RUCHE_FILES_URL` on S3, its credentials come from the usual variables, which Ruche neither stores "
    "nor shows: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION` (us-east-1 where it is not set) "
    "and, for temporary credentials, `AWS_SESSION_TOKEN`.\n"
)


def _help(sentence: str, default: Any) -> Any:
    return field(default=default, metadata={"help": sentence})


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator may set; see `docs/settings.md`, which is made from this class."""

    data: Path = _help("The folder that holds everything: database, images, models.", Path("data"))
    host: str = _help("The network address that the web server listens on.", "127.0.0.1")
    port: int = _help("The port that the web server listens on.", 8321)
    public_url: str = _help("The address that members type, where it differs from host and port.", "")
    trusted_proxies: str = _help(
        "The addresses or networks of proxies that may say whom they speak for, with commas between.",
        "127.0.0.1,::1",
    )
    database_url: str = _help("A PostgreSQL 15+ to use in place of the embedded one.", "")
    files_url: str = _help("Where images are kept: empty for the data folder, or s3://bucket/prefix.", "")
    files_endpoint: str = _help("The address of an S3-compatible server, where it is not Amazon's.", "")
    waiting_jobs: int = _help("How many jobs one member may have waiting or under way.", 20)
    max_pixels: int = _help("The largest image, in pixels (width times height).", 1024 * 1024)
    threads: int = _help("How many processor threads the engine uses; 0 lets it choose.", 0)
    certificate: str = _help(
        "The PEM file of a certificate to sign images with and its issuers; empty for a self-made one.", ""
    )
    certificate_key: str = _help("The PEM file of that certificate's private key.", "")
    authority_url: str = _help("The https address that takes evidence packages; empty for the test sink.", "")
    authority_officer: str = _help("Who answers for what is sent there, by name.", "")
    device: str = _help("Where the engine computes: auto, cpu or cuda.", "auto")

    def __post_init__(self) -> None:
        faults = []
        if self.port not in PORTS:
            faults.append("port must be between 1 and 65535")
        if self.waiting_jobs < 1:
            faults.append("waiting_jobs must be at least 1")
        if self.max_pixels < 64 * 64:
            faults.append("max_pixels must be at least 4096")
        if self.threads < 0:
            faults.append("threads must not be negative")
        if self.device not in {"auto", "cpu", "cuda"}:
            faults.append("device must be auto, cpu or cuda")
        faults += self._misspelt()
        if bool(self.certificate) != bool(self.certificate_key):
            faults.append("certificate and certificate_key must be given together")
        if faults:
            raise errors.BadSettings(sentence="; ".join(faults) + ".")

    def _misspelt(self) -> list[str]:
        faults = []
        if not all(map(_is_network, self.proxies)):
            faults.append("trusted_proxies must be addresses or networks with commas between")
        if self.database_url and not self.database_url.startswith(("postgresql://", "postgres://")):
            faults.append("database_url must begin with postgresql://")
        if self.files_url and not self.files_url.startswith("s3://"):
            faults.append("files_url must begin with s3://")
        return faults

    @property
    def address(self) -> str:
        """The address that a person types, without a trailing slash."""
        return (self.public_url or self.local_address).rstrip("/")

    @property
    def local_address(self) -> str:
        """Where the web server answers on its own machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - read, not bound
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def proxies(self) -> list[str]:
        """The proxies that are believed, one by one."""
        return [one.strip() for one in self.trusted_proxies.split(",") if one.strip()]

    @property
    def models(self) -> Path:
        """The folder of models that the operator added."""
        return self.data / "models"

    @property
    def custodians(self) -> Path:
        """The folder of the public keys that evidence is sealed to."""
        return self.data / "custodians"


def _is_network(text: str) -> bool:
    """Whether this is an address or a network; never everybody, who could then claim any address."""
    try:
        return ipaddress.ip_network(text, strict=False).prefixlen > 0
    except ValueError:
        return False


# Annotations are kept as they are written, so the type of a setting is its own converter.
_KINDS: Final[dict[Any, type[Any]]] = {Path: Path, str: str, int: int}


def read(environment: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """The settings from the environment, with `given` (options; None means not given) on top.

    Raises `errors.BadSettings` with every fault.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    faults: list[str] = []
    for setting in fields(Settings):
        text = environment.get(f"RUCHE_{setting.name.upper()}")
        if text is None:
            continue
        try:
            values[setting.name] = _KINDS[setting.type](text)
        except ValueError:
            faults.append(f"RUCHE_{setting.name.upper()} must be a whole number, not {text!r}")
    if faults:
        raise errors.BadSettings(sentence="; ".join(faults) + ".")
    values.update({name: value for name, value in given.items() if value is not None})
    return Settings(**values)


def inherited(settings: Settings) -> dict[str, str]:
    """The environment of a child process that is to run with these settings."""
    own = {
        f"RUCHE_{setting.name.upper()}": str(getattr(settings, setting.name)) for setting in fields(Settings)
    }
    return {**os.environ, **own}


def page() -> str:
    """The settings page of the docs, in Markdown."""
    rows = [
        f"| `RUCHE_{setting.name.upper()}` | {str(setting.default) or 'empty'} | {setting.metadata['help']} |"
        for setting in fields(Settings)
    ]
    head = (
        "# Settings\n\n"
        "Made from `config.py`. Each is an environment variable; options of a command win over them.\n\n"
        "| variable | default | what it does |\n|---|---|---|\n"
    )
    return head + "\n".join(rows) + "\n\n" + S3


def secret(name: str) -> str:
    """One credential straight from the environment (never kept in settings, so never printed)."""
    return os.environ.get(name, "")
