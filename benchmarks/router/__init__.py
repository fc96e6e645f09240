"""How well the built-in router reads messages, in six languages, against simple baselines."""
