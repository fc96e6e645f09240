"""What a spec says of patches: its section `patch`."""

from __future__ import annotations

import shlex

from pydantic import BaseModel, ConfigDict, Field, field_validator


class PatchRules(BaseModel):
    """A unified diff in the answer. Globs: `*` within a part of a path, `**` over parts, `docs/` all below docs."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    enabled: bool = False
    """A diff in the answer is read, and judged as what will be applied."""
    required: bool = False
    """The answer must hold a diff."""
    tree: str = ""
    """The folder that the patch is for, such as a checkout; it is only read. Empty: whether it applies isn't known."""
    allowed: tuple[str, ...] = Field(default=(), strict=False)
    """Globs of the files that may be changed; empty: all."""
    forbidden: tuple[str, ...] = Field(default=(), strict=False)
    """Globs of the files that may not."""
    max_files: int = Field(default=20, ge=1)
    max_lines: int = Field(default=1000, ge=1)
    """Added and removed lines together."""
    check_security: bool = True
    """Added lines: secrets, dangerous calls, dependencies, tests and checks that are weakened."""
    check_apis: bool = True
    """Modules, names and arguments that added Python uses must exist."""
    dependencies: tuple[str, ...] = Field(default=(), strict=False)
    """Dependencies that may be added without the order naming them."""
    lint: str = ""
    """A command, run in the sandbox in the tree before and after the patch; so are the next three."""
    types: str = ""
    tests: str = ""
    coverage: str = ""
    """Its last percentage is the coverage."""
    max_coverage_drop: float = Field(default=0.0, ge=0, le=100, strict=False)
    """Percentage points."""

    @field_validator("tree")
    @classmethod
    def _whole_path(cls, value: str) -> str:
        if value and not value.startswith(("/", "~")):
            raise ValueError("a tree is named by its whole path, such as /home/ada/project")
        return value

    @field_validator("lint", "types", "tests", "coverage")
    @classmethod
    def _words(cls, value: str) -> str:
        try:
            shlex.split(value)
        except ValueError as error:
            raise ValueError(f"the command can't be read ({error}); close its quotes") from None
        return value

    @property
    def commands(self) -> dict[str, str]:
        """The commands that are set, by what they are for."""
        named = {"lint": self.lint, "types": self.types, "tests": self.tests, "coverage": self.coverage}
        return {name: command for name, command in named.items() if command.strip()}
