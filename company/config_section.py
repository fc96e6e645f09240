"""What every table of the settings file is made of."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


def _web_address(value: str) -> str:
    if value and not re.match(r"https?://[^\s/]+", value):
        raise ValueError("it must begin with http:// or https:// and name a host")
    return value.rstrip("/")


Url = Annotated[str, AfterValidator(_web_address)]
"""The base URL of an outside service, without a slash at its end."""


class Section(BaseModel):
    """A table of the settings file."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)
