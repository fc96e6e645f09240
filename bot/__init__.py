"""The front desk in Telegram: polling, the gate, conversations, markup and delivery."""
