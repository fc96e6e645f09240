"""Fakes of the outside world, spoken to over real HTTP: Telegram's Bot API and the model providers.

They know nothing of the product: they read the wire by their own rules (aiogram's types, JSON Schema, the providers'
published contracts) and keep the ground truth that tests and benchmarks compare the product with.
"""
