"""From a citation to a picture of its page, with the cited words marked (docs/adr/0035)."""
