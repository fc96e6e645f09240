"""Patches with one planted defect each, and clean ones, in a half for development and a half that is only run."""
