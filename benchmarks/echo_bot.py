"""The baseline: the least bot that answers, on the library that NEXUS uses too. `python -m benchmarks.echo_bot`.

It says each text back, after `--delay` seconds (in place of a model), and does nothing else: no record, no budget, no
inspection. BOT_TOKEN and BOT_URL say where.
"""

from __future__ import annotations

import argparse
import asyncio
import os

from telegram import Update
from telegram.ext import ApplicationBuilder, ContextTypes, MessageHandler, filters


def main() -> None:
    """Poll until told to end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--delay", type=float, default=0.0)
    delay: float = parser.parse_args().delay

    async def echo(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.effective_message
        if message is None or message.text is None:
            return
        if delay:
            await asyncio.sleep(delay)
        await message.reply_text(message.text)

    builder = ApplicationBuilder().token(os.environ["BOT_TOKEN"]).base_url(os.environ["BOT_URL"] + "/bot")
    application = builder.concurrent_updates(bool(delay)).build()
    application.add_handler(MessageHandler(filters.TEXT, echo))
    application.run_polling()


if __name__ == "__main__":
    main()
