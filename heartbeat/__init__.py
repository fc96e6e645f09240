"""The heartbeat: looks at every part of the house, restarts what fell over, tells the tip of the record to the Board.

It spends no token.
"""
