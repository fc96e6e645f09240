"""Backups: a consistent copy of what can't be made again, as objects, with a list that names them (docs/adr/0039)."""
