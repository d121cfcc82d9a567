"""Settings: defaults, then ``cxr.toml``, then ``CXR_*`` environment variables, then command-line options."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from warehouse.errors import ConfigError


class Settings(BaseSettings):
    """Where things are and how much of the machine may be used."""

    model_config = SettingsConfigDict(env_prefix="CXR_", extra="forbid")

    warehouse: Path = Field(Path("warehouse.duckdb"), description="the DuckDB file")
    pages: Path = Field(Path("cxr-pages"), description="folder for quality reports and other pages")
    zoo: Path = Field(Path("cxr-zoo"), description="folder for networks that you train, import or quantise")
    public_data: Path | None = Field(None, description="folder with the public tables; default: the installed package")
    threads: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, description="threads and processes")
    memory_limit: str = Field("3GB", description="DuckDB's memory limit", pattern=r"^\d+(\.\d+)?\s*[KMGT]i?B$")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources; ``CXR_CONFIG`` names another TOML file."""
        del dotenv_settings, file_secret_settings
        toml = Path(os.environ.get("CXR_CONFIG", "cxr.toml"))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=toml)


def load_settings(**overrides: object) -> Settings:
    """Read the settings; ``overrides`` that are None are left out.

    Raises
    ------
    ConfigError
        A value of the wrong form, or an unknown key in ``cxr.toml``.
    """
    try:
        return Settings(**{key: value for key, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            f"setting '{name}' is not usable: {first['msg']}", fix=f"Check cxr.toml and CXR_{name.upper()}"
        ) from None
    except ValueError as error:  # a TOML file that does not parse
        raise ConfigError(f"not valid TOML: {error}", where=os.environ.get("CXR_CONFIG", "cxr.toml")) from None
