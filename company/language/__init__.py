"""Words of texts, as the house counts them: tokens, stems, stop words, sentences and what a question asks for.

One analyser for every department that compares texts (the library's index, the Clerk's extracts, checks of citations),
so that they agree on what the same word is. Six languages: English, French, German, Spanish, Russian and Chinese.
Pure functions, no I/O.
"""
