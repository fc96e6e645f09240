"""The QA department: nothing is delivered uninspected."""
