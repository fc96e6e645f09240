"""Commands that work straight on the books, whether or not a company runs: pair, staff, sessions."""

from __future__ import annotations

import argparse

from sqlalchemy import Connection

from company import org_chart, people
from company.clock import as_datetime
from company.config import model_ref
from company.errors import ConfigError
from company.records import Desk, Role


def pair(tx: Connection, now: int, arguments: argparse.Namespace) -> list[str]:
    """A one-time code for a person of `arguments.role`."""
    code = people.issue_code(tx, now, Role(arguments.role), by="command line")
    return [code, f"Send your bot: /start {code} (good for a day, once)"]


def staff(tx: Connection, now: int, arguments: argparse.Namespace) -> list[str]:
    """The org chart; with a name and models, a new version of that employee, in force from the next order on."""
    roster = org_chart.roster(tx)
    if arguments.name:
        if arguments.name not in roster:
            raise ConfigError(f"There is no employee '{arguments.name}'; there are: {', '.join(roster)}.")
        if arguments.models:
            models = [str(model_ref(text)) for text in arguments.models]
            org_chart.change(tx, now, arguments.name, "command line", models=models)
        roster = {arguments.name: org_chart.roster(tx)[arguments.name]}
    return [
        f"{name:10} {one.title:12} version {one.version}  {', '.join(map(str, one.models)) or 'no model'}"
        for name, one in roster.items()
    ]


def sessions(tx: Connection, now: int, arguments: argparse.Namespace) -> list[str]:
    """Who was seen at which desk; with `--revoke`, one of them is ended."""
    if arguments.revoke and not people.revoke(tx, now, arguments.revoke, by="command line"):
        raise ConfigError(f"There is no open session '{arguments.revoke}'; `./nexus sessions` lists them.")
    names = {person.id: person.name for person in people.everybody(tx)}
    return [
        f"{session.id}  {session.desk:9} {names.get(session.person_id, '?'):12} {session.device:14} last seen "
        f"{as_datetime(session.last_seen_at):%Y-%m-%d %H:%M} UTC{'  revoked' if session.revoked_at else ''}"
        for session in people.session_list(tx)
    ]


def programs(tx: Connection, now: int, arguments: argparse.Namespace) -> list[str]:
    """The programs that may ask; with a name, one more, as a person of `arguments.role` with caps of its own."""
    known = people.addresses(tx, Desk.API)
    if arguments.name:
        if arguments.name in known:
            raise ConfigError(f"There is a program '{arguments.name}' already.")
        role = Role(arguments.role)
        person = people.add(tx, now, name=arguments.name, role=role, language="en", by="command line")
        people.identify(tx, now, person, Desk.API, arguments.name)
        known = (*known, arguments.name)
    found = [(name, people.find(tx, Desk.API, name)) for name in known]
    return [f"{name:24} {person.role.value}" for name, person in found if person is not None] or ["There is none yet."]
