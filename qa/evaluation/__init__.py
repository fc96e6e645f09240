"""Evaluation of answers from documents: four deterministic measures, a set of questions, and its table."""
