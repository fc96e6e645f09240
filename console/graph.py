"""`nexus graph`: what the documents say of a thing, as a tree; or all of it as Cypher, for a graph database."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from company.errors import Refused
from company.figures import count
from company.graph_records import Link, Neighbourhood
from console import views
from console.client import Client
from console.protocol import Command, Name

LONGEST_QUOTE = 200


async def graph(client: Client, name: str, out: Console) -> int:
    """Show what is said of a thing; 1 when nothing is, with names that are like it."""
    if not name.strip():
        raise Refused("There is no name; write one behind the command: ./nexus graph orchestrator, or add --cypher.")
    brought = await client.command(Command(name=Name.GRAPH, text=name))
    found = brought.around or Neighbourhood(name=name)
    if not found.links:
        out.print(Text(f"Your documents say nothing of {views.one_line(found.name)}."))
        if found.like:
            out.print(Text(f"They name: {', '.join(map(views.one_line, found.like))}", style="dim"))
        return 1
    out.print(tree(found))
    return 0


def tree(found: Neighbourhood) -> Tree:
    """The thing, what is said of it, and where."""
    top = Tree(
        Text.assemble((views.one_line(found.name), "bold"), (f"  {count(len(found.links), 'statement')}", "dim"))
    )
    for link in found.links:
        leaf = top.add(_statement(link))
        place = f"{views.one_line(link.passage.document)} · {views.one_line(link.passage.place)}"
        quote = views.one_line(link.quote)
        leaf.add(Text(quote if len(quote) <= LONGEST_QUOTE else f"{quote[:LONGEST_QUOTE]}…"))
        leaf.add(Text(place if not link.read_by else f"{place} · read by {views.one_line(link.read_by)}", style="dim"))
    return top


def _statement(link: Link) -> Text:
    said = (views.one_line(link.subject), " → "), (views.one_line(link.predicate), " → ")
    line = Text()
    for words, joint in said:
        line.append(words, style="cyan" if words == said[1][0] else "").append(joint, style="dim")
    return line.append(views.one_line(link.object))


async def cypher(client: Client) -> int:
    """Write the whole graph to standard output as statements of Cypher, one a line."""
    async for piece in client.pieces(Command(name=Name.CYPHER)):
        if piece.words is not None and piece.words.text:
            sys.stdout.write(piece.words.text + "\n")
    return 0
