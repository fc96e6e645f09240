"""The built-in tools, one a module, each with `build(equipment) -> Tool`."""
