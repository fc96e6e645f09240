"""The main path: a message becomes a work order and comes back as an inspected answer.

`front_office` is what desks ask, `fulfilment` is the way of one order, `replies` is what is said at its ends,
`reading` makes the reports, `department` holds them together.
"""

from company.operations.department import Operations as Operations
