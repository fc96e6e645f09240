"""The voice department: what people say becomes text, or a command, or an honest "not understood"."""
