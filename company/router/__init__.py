"""The Admin: decides what an order is, in which language, how hard, and which ladder of employees it may climb."""
