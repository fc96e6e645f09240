"""The front desk on this machine's network: pages for the Board, and /health for whoever watches the house."""
