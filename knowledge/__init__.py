"""The knowledge department: documents in, cited answers out. See README.md here."""
