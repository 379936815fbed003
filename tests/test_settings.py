"""Settings: defaults that work, and a sentence for each value that does not."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from procession.settings import Settings, SettingsError


def test_without_variables_it_runs_on_this_machine_alone() -> None:
    settings = Settings.from_environment({})
    assert (settings.data, settings.host, settings.port) == (Path("data"), "127.0.0.1", 8000)
    assert settings.database_url is None and settings.smtp_url is None and not settings.demo


def test_each_setting_is_read_from_its_variable() -> None:
    settings = Settings.from_environment(
        {
            "PROCESSION_DATA": "/srv/procession",
            "DATABASE_URL": "postgres://app:pw@db/procession",
            "DATABASE_OWNER_URL": "postgresql://owner:pw@db/procession",
            "PROCESSION_HOST": "0.0.0.0",
            "PROCESSION_PORT": "9000",
            "PROCESSION_URL": "https://flow.example.org/",
            "PROCESSION_SECRET_KEY": "k" * 32,
            "SMTP_URL": "smtps://mail.example.org",
            "MAIL_FROM": "Flow <flow@example.org>",
            "PROCESSION_ALLOW_HOSTS": "erp.example.org, 10.1.0.0/16",
            "PROCESSION_DEMO": "yes",
        }
    )
    assert settings == Settings(
        data=Path("/srv/procession"),
        database_url="postgresql://app:pw@db/procession",
        database_owner_url="postgresql://owner:pw@db/procession",
        host="0.0.0.0",
        port=9000,
        url="https://flow.example.org",
        secret_key="k" * 32,
        smtp_url="smtps://mail.example.org",
        mail_from="Flow <flow@example.org>",
        allow_hosts=("erp.example.org", "10.1.0.0/16"),
        demo=True,
    )


def test_an_empty_variable_counts_as_not_set() -> None:
    assert Settings.from_environment({"PROCESSION_PORT": "", "SMTP_URL": " "}) == Settings()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("PROCESSION_PORT", "eighty", "PROCESSION_PORT must be a port from 0 to 65535"),
        ("PROCESSION_PORT", "70000", "PROCESSION_PORT must be a port from 0 to 65535"),
        ("PROCESSION_DEMO", "maybe", "PROCESSION_DEMO must be yes or no"),
        ("DATABASE_URL", "mysql://db/x", "DATABASE_URL must be an address such as postgresql://"),
        ("SMTP_URL", "mail.example.org", "SMTP_URL must be an address such as smtp://"),
        ("SMTP_URL", "smtp://mail.example.org:port", "SMTP_URL must be an address such as smtp://"),
        ("PROCESSION_URL", "procession.example.org", "PROCESSION_URL must be an address such as https://"),
        ("PROCESSION_SECRET_KEY", "short", "PROCESSION_SECRET_KEY must be at least 32 characters"),
        ("PROCESSION_ALLOW_HOSTS", "10.1.0.0/99", "PROCESSION_ALLOW_HOSTS must be host names"),
        ("PROCESSION_ALLOW_HOSTS", "http://erp", "PROCESSION_ALLOW_HOSTS must be host names"),
        ("PROCESSION_PROT", "8000", "PROCESSION_PROT is not a setting; did you mean PROCESSION_PORT?"),
        ("PROCESSION_XYZZYX", "8000", "PROCESSION_XYZZYX is not a setting; known are DATABASE_OWNER_URL"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_what_would_be_right(name: str, value: str, expected: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        Settings.from_environment({name: value})
    assert str(refusal.value).startswith(expected)


def test_secrets_are_not_shown_where_settings_are_printed() -> None:
    shown = repr(
        Settings(secret_key="hidden-key", database_url="postgresql://a:hidden@db/x", smtp_url="smtp://a:hidden@m")
    )
    assert "hidden" not in shown


def test_the_secret_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    key = settings.secret()
    assert len(key) >= 64 and settings.secret() == key
    assert stat.S_IMODE((tmp_path / "data" / "secret_key").stat().st_mode) == 0o600
    assert [each.name for each in (tmp_path / "data").iterdir()] == ["secret_key"]


def test_a_secret_key_that_was_set_is_used_and_not_stored(tmp_path: Path) -> None:
    assert Settings(data=tmp_path, secret_key="k" * 40).secret() == "k" * 40
    assert list(tmp_path.iterdir()) == []
