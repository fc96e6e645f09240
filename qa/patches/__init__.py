"""Patches: a deliverable that is a unified diff, read, tried on a copy, judged and never applied to anybody's files."""
