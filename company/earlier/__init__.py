"""Earlier answers, given again to a question that means the same: when it is safe, and what is kept for that.

`questions` reads a question, `likeness` compares two answers, `threshold` says how near two questions must be,
`entries` is what is kept. `company.operations.earlier` puts them into the way of an order.
"""
