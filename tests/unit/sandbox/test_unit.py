"""The hardened unit and the sandbox: the unit forbids it, its drop-in lets it in at a stated price, doctor knows."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import setting_up
from company.clock import SystemClock
from company.config import Settings
from company.records import Condition, Health
from sandbox.unit import NAME, forbids_the_sandbox

SYSTEMD = Path(__file__).parents[3] / "systemd"


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A machine's folder with the unit in it."""
    shutil.copy(SYSTEMD / NAME, tmp_path / NAME)
    return tmp_path


def _drop_in(folder: Path, text: str, name: str = "sandbox.conf") -> None:
    (folder / f"{NAME}.d").mkdir(exist_ok=True)
    (folder / f"{NAME}.d" / name).write_text(text, encoding="utf-8")


def test_the_unit_forbids_it_and_the_drop_in_lets_it_in(installed: Path) -> None:
    assert forbids_the_sandbox((installed,))
    _drop_in(installed, (SYSTEMD / "sandbox.conf").read_text(encoding="utf-8"))
    assert not forbids_the_sandbox((installed,))


def test_where_there_is_no_unit_nothing_forbids_it(tmp_path: Path) -> None:
    assert not forbids_the_sandbox((tmp_path, tmp_path / "none"))


@pytest.mark.parametrize(
    ("line", "forbidden"),
    [
        ("RestrictNamespaces=no", False),
        ("RestrictNamespaces=", False),
        ("RestrictNamespaces=user mnt", True),
        ("RestrictNamespaces=cgroup ipc net mnt pid user uts", False),
        ("RestrictNamespaces=\nRestrictNamespaces=~user", True),
        ("# RestrictNamespaces=no", True),
    ],
)
def test_the_last_word_counts(installed: Path, line: str, forbidden: bool) -> None:
    _drop_in(installed, f"[Service]\n{line}\n")
    assert forbids_the_sandbox((installed,)) is forbidden


async def test_doctor_says_that_the_service_has_none_though_this_shell_has(monkeypatch: pytest.MonkeyPatch) -> None:
    class Able:
        def __init__(self, *_: object) -> None: ...

        async def open(self) -> None: ...

        async def check(self) -> Health:
            return Health(part="sandbox", condition=Condition.OK, detail="bubblewrap")

    monkeypatch.setattr(setting_up, "Bubblewrap", Able)
    monkeypatch.setattr(setting_up, "forbids_the_sandbox", lambda: False)
    assert (await setting_up.sandbox_check(Settings(), SystemClock())).condition is Condition.OK
    monkeypatch.setattr(setting_up, "forbids_the_sandbox", lambda: True)
    health = await setting_up.sandbox_check(Settings(), SystemClock())
    assert health.condition is Condition.OFF
    assert "nexus.service" in health.detail
    assert "systemd/sandbox.conf" in health.mend


def test_the_price_of_the_drop_in_is_what_it_says(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed here")
    drop_in = (SYSTEMD / "sandbox.conf").read_text(encoding="utf-8")
    whole = (SYSTEMD / NAME).read_text(encoding="utf-8").replace("[Install]", f"{drop_in}\n[Install]")
    (tmp_path / NAME).write_text(whole, encoding="utf-8")
    ran = subprocess.run(
        [analyze, "security", "--offline=true", str(tmp_path / NAME)],
        capture_output=True, text=True, timeout=60, check=False, env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    score = re.search(r"exposure level for nexus\.service: (\d+\.\d+)", ran.stdout)
    assert score is not None, ran.stdout + ran.stderr
    assert f"rates the unit {score[1]} with it" in drop_in
