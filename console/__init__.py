"""The front desk in the terminal: the desk inside the company, and the client that people run."""
