"""What people say, per language: the lists behind the built-in router. Data only.

Each language module has `CUES`: label -> entries separated by commas. An entry is one word or a phrase; a word that
ends in `*` stands for every word that begins so. Case, accents and punctuation do not count.
`company.router.lexicon` says what each label means. `STOP` are the function words, by which languages are told apart
and which carry no content.
"""
