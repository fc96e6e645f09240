"""The ground floor: records, ports, the books, and the main path of a work order. It imports no department."""
