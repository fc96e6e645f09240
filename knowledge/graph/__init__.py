"""Entities and relations: read from passages without a model, kept beside them, and walked along."""
