"""Measurements of NEXUS beside simple baselines, taken in the same run: see docs/benchmarks.md. No tests."""
