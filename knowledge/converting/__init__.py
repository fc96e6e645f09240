"""A file of any kind becomes a text with places: one door, each foreign format read in a child process with limits."""
