"""Who does the work: doors to models, the agent loop, prompts, tools. See README.md."""
