"""The words of the reading page, in the languages of the house."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_KEYS = ("sources", "page", "picture", "original", "earlier", "later", "back", "gone", "quoted")
_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "en": (
        "Sources", "Page", "The page, with the cited words marked", "Download the document", "Earlier", "Later",
        "Back to the cited passage",
        "This passage is no longer in the documents, or it is not yours to read any more.", "This was quoted:",
    ),
    "fr": (
        "Sources", "Page", "La page, les mots cités marqués", "Télécharger le document", "Plus haut",
        "Plus bas", "Retour au passage cité",
        "Ce passage n'est plus dans les documents, ou il ne vous est plus ouvert.", "Ceci était cité :",
    ),
    "de": (
        "Quellen", "Seite", "Die Seite, die zitierten Worte markiert",
 "Dokument herunterladen", "Davor", "Danach",
        "Zurück zur zitierten Stelle",
        "Diese Stelle ist nicht mehr in den Dokumenten, oder sie steht Ihnen nicht mehr offen.",
        "Zitiert wurde:",
    ),
    "es": (
        "Fuentes", "Página", "La página, con las palabras citadas marcadas", "Descargar el documento", "Antes",
        "Después", "Volver al pasaje citado",
        "Este pasaje ya no está en los documentos, o ya no puede leerlo.", "Se citó:",
    ),
    "ru": (
        "Источники", "Страница", "Страница с отмеченными словами", "Скачать документ", "Раньше", "Дальше",
        "Назад к цитате",
        "Этого места больше нет в документах, или оно вам больше не доступно.", "Было процитировано:",
    ),
    "zh": (
        "来源", "页", "标出引文的页面", "下载文件", "上文", "下文", "回到引文",
        "文件中已没有这段文字,或您不再有权阅读。", "引文:",
    ),
})  # fmt: skip


def words(language: str) -> Mapping[str, str]:
    """Every word by its key; English where a language is not spoken here."""
    return dict(zip(_KEYS, _WORDS.get(language, _WORDS["en"]), strict=True))
