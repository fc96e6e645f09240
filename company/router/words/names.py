"""How the languages are called in each other: ISO 639-1 code -> entries as in the word lists."""

NAMES = {
    "en": "english, anglais, englisch*, ingles, английск*, английски, 英语, 英文",
    "fr": "french, francais, franzosisch*, frances, французск*, 法语, 法文",
    "de": "german, allemand, deutsch*, aleman, немецк*, 德语, 德文",
    "es": "spanish, espagnol, spanisch*, espanol, castellano, испанск*, 西班牙语",
    "ru": "russian, russe, russisch*, ruso, русск*, 俄语, 俄文",
    "zh": "chinese, mandarin, chinois, chinesisch*, chino, китайск*, 中文, 汉语",
    "it": "italian, italien, italienisch*, italiano, итальянск*, 意大利语",
    "pt": "portuguese, portugais, portugiesisch*, portugues, португальск*, 葡萄牙语",
    "nl": "dutch, neerlandais, niederlandisch*, neerlandes, нидерландск*, 荷兰语",
    "ja": "japanese, japonais, japanisch*, japones, японск*, 日语, 日文",
    "ko": "korean, coreen, koreanisch*, coreano, корейск*, 韩语",
    "ar": "arabic, arabe, arabisch*, арабск*, 阿拉伯语",
    "pl": "polish, polonais, polnisch*, polaco, польск*, 波兰语",
    "tr": "turkish, turc, turkisch*, turco, турецк*, 土耳其语",
    "uk": "ukrainian, ukrainien, ukrainisch*, ucraniano, украинск*, 乌克兰语",
    "la": "latin, latein, латын*, 拉丁语",
}

STOP_ONLY = {
    "it": """il lo gli dei della delle che di per con non sono una come perche anche questo questa cosa quando dove chi
    mi ti si grazie ciao quanto quale mio tuo nel nella alla ho hai abbiamo essere fare puoi""",
    "pt": """o os as um uma do da dos das em no na nos nas que para com nao por mais como mas foi ele ela voce seu sua
    isso este esta obrigado ola qual quanto onde quando porque eu meu minha tem fazer ser muito""",
    "nl": """de het een en van ik je niet dat die is wat op met voor zijn er maar om hoe wie waar waarom naar ook deze
    dit mijn jouw bedankt hallo kun kan hebben heb wij jullie geen wel""",
}
"""Function words of languages that have no cue list of their own: enough to answer in them."""
