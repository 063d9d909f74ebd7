"""
A mail's text in, the sender's own new words out: without history, signature, disclaimer.

Works line by line on the beginnings of lines, so time grows with the length alone (the
published reply parsers backtrack over whole messages). What is kept is kept as it came.
"""

from __future__ import annotations

import re

from streams.text.patterns import Pattern

_HEAD = 400
"""Characters of a line that are looked at. Everything that we look for begins within them."""
_SIGNATURE_LINES = 25
_SIGN_OFF_LINES = 10

_QUOTED = re.compile(r"\s*(?:>|\|\s?>|&gt;)")
_WROTE_START = re.compile(
    r"\W{0,3}(?:on|am|le|el|il|op|den|em|dnia|w dniu|dne|den|på|\d{1,4}[-./年년])\b", re.I
)
_WROTE_END = re.compile(
    r"(?:wrote|writes|schrieb|a écrit|escribió|ha scritto|scrisse|schreef|skrev|escreveu|napisał"
    r"|napsal|kirjoitti|написал|пишет|님이 작성|写道|のメール)[^:：\n]{0,120}[:：]\s*$"
    r"|<[^<>\s]{1,100}@[^<>\s]{1,100}>\s*[:：]\s*$",
    re.I,
)
_ORIGINAL = re.compile(
    r"\s*-{2,}\s*(?:original message|original appointment|reply message|ursprüngliche nachricht"
    r"|originalnachricht|message d'origine|message original|mensaje original|messaggio originale"
    r"|oorspronkelijk bericht|ursprungligt meddelande|mensagem original|wiadomość oryginalna"
    r"|oprindelig meddelelse|původní zpráva)\s*-{2,}",
    re.I,
)
_REPLY_ABOVE = re.compile(
    r"[\W_]*(?:please )?(?:type|write|enter)?.{0,20}reply above this line", re.I
)
_FROM = re.compile(
    r"[\s*>]*(?:from|von|de|da|van|od|från|fra|от|差出人|发件人|寄件者|보낸\s?사람)[\s*]*[:：]",
    re.I,
)
_OTHER_HEADER = re.compile(
    r"[\s*>]*(?:sent|date|to|subject|cc|gesendet|datum|an|betreff|envoyé|à|objet|enviado|fecha"
    r"|para|asunto|inviato|data|oggetto|verzonden|aan|onderwerp|wysłano|do|temat|skickat|till"
    r"|ämne|sendt|til|emne|assunto|odesláno|komu|předmět|送信日時|宛先|件名|发送时间|收件人|主题"
    r"|보낸\s?날짜|받는\s?사람|제목)[\s*]*[:：]",
    re.I,
)
_RULE = re.compile(r"\s*[_=\-]{10,}\s*$")
_SENT_FROM = re.compile(
    r"\s*(?:sent (?:from|via|with) (?:my|the|outlook|yahoo|mail|proton|gmail|samsung|a |android)"
    r"|get outlook for|gesendet (?:von|mit) |von meinem .{1,40} gesendet|envoyé (?:de|depuis) mon"
    r"|enviado desde |inviato da(?:l mio)? |verzonden (?:vanaf|met) |skickat från |sendt fra "
    r"|enviado do meu|wysłane? z |odesláno z |iphoneから送信)",
    re.I,
)
_SIGN_OFF = re.compile(
    r"\s*(?:(?:with )?(?:best|kind|kindest|warm|warmest|many)? ?regards|best(?: wishes)?"
    r"|all the best|sincerely|yours (?:sincerely|truly|faithfully)|cheers|respectfully"
    r"|(?:many )?thanks(?: (?:again|so much|in advance|a lot))?(?: and (?:best|kind) regards)?"
    r"|thank you(?: (?:again|so much|very much|in advance))?|thx|br|rgds"
    r"|(?:mit )?(?:freundlichen|besten|herzlichen|lieben|vielen|schönen|viele|beste"
    r"|liebe) grü(?:ß|ss)en?"
    r"|(?:mit )?freundlichem gru(?:ß|ss)|gru(?:ß|ss)|grüße|mfg|lg|vg"
    r"|(?:vielen )?dank(?: im voraus)?|danke"
    r"|(?:bien )?cordialement|(?:bien|meilleures|sincères) (?:à vous|salutations)|salutations"
    r"|merci(?: (?:d'avance|beaucoup))?|(?:un )?(?:cordial )?saludos?(?: cordiales)?|atentamente"
    r"|(?:muchas )?gracias(?: de antemano)?|cordiali saluti|distinti saluti|saluti"
    r"|grazie(?: mille)?"
    r"|met vriendelijke groet(?:en)?|groet(?:en|jes)?|bedankt|(?:med )?vänliga hälsningar|mvh"
    r"|(?:med )?venlig hilsen|hilsen|atenciosamente|obrigad[oa]|cumprimentos|pozdrawiam"
    r"|z poważaniem|s pozdravem|с уважением|спасибо"
    r"|よろしくお願い(?:いた)?します|此致|谢谢|감사합니다)"
    r"\s*[,.!–—-]*\s*(?:\w[\w.'-]*\W{0,2}){0,3}$",
    re.I,
)
_DISCLAIMER = Pattern(
    r"(?s)intended recipient|intended (?:solely|only|exclusively) for|strictly confidential"
    r"|(?:e-?mail|message|transmission).{0,80}(?:is|are|may be|contains?) .{0,30}(?:confidential"
    r"|privileged)"
    r"|before printing this|think before (?:you )?print|virus-free\. www|scanned (?:for"
    r"|by) .{0,40}virus"
    r"|vertrauliche.{0,40}informationen|nicht der (?:richtige|vorgesehene) (?:adressat|empfänger)"
    r"|ce (?:message|courriel).{0,80}confidentiel|este (?:mensaje|correo).{0,80}confidencial"
    r"|(?:questo|presente) messaggio.{0,80}(?:riservat|confidenzial)"
    r"|dit bericht.{0,60}vertrouwelijk"
    r"|\A\W{0,3}(?:caution|external|warning|achtung)?\W{0,3}.{0,20}this (?:e-?mail"
    r"|message) (?:originated|came|is) "
    r"(?:from )?(?:outside|an external)|\A\s*\[external(?: e-?mail)?\]\s*\z"
)
_POSTSCRIPT = re.compile(r"\s*p\.? ?(?:p\.? ?)?s\b\.?\s?[:.,-]?", re.I)
_FORWARDED = re.compile(
    r"\s*-{3,}\s*(?:forwarded message|weitergeleitete nachricht)|begin forwarded", re.I
)


def own_words(text: str, *, with_history: bool = False) -> str:
    """
    Return *text* without quoted history, disclaimers and signature.

    If nothing would be left, the part before that step is kept. *with_history* keeps the
    history, as in a forwarded message, where it is what the sender wants us to read.
    Every line of the result is a line of *text*.
    """
    lines = text.split("\n")
    steps = (_without_disclaimers, _without_signature)
    for step in steps if with_history else (_without_history, *steps):
        kept = step(lines)
        if any(line.strip() for line in kept):
            lines = kept
    return "\n".join(lines).strip()


def _without_history(lines: list[str]) -> list[str]:
    """Drop quoted lines and the headers above them; unquoted history goes to the end."""
    kept: list[str] = []
    i = 0
    while i < len(lines):
        head = lines[i][:_HEAD]
        if not head or head.isspace():
            kept.append(lines[i])
        elif _FORWARDED.match(head):
            return kept + lines[i:]
        elif _ORIGINAL.match(head) or _REPLY_ABOVE.match(head) or _is_header_block(lines, i):
            return _without_rule(kept)
        elif header := _wrote_lines(lines, i):
            if not _quote_follows(lines, i + header):
                return kept
            i += header - 1
        elif not _QUOTED.match(head):
            kept.append(lines[i])
        i += 1
    return kept


def _is_header_block(lines: list[str], i: int) -> bool:
    """Return whether `From:` stands at *i*, and two more headers within five lines."""
    if not _FROM.match(lines[i][:_HEAD]):
        return False
    return sum(bool(_OTHER_HEADER.match(line[:_HEAD])) for line in lines[i + 1 : i + 6]) >= 2


def _wrote_lines(lines: list[str], i: int) -> int:
    """Return how many lines the `On ..., somebody wrote:` at *i* takes, 0 if it is none."""
    if not _WROTE_START.match(lines[i][:60]):
        return 0
    for count in (1, 2, 3):
        joined = " ".join(line.strip() for line in lines[i : i + count])
        if len(joined) > _HEAD:
            return 0
        if joined.endswith((":", "：")) and _WROTE_END.search(joined):
            return count if any(c.isdigit() for c in joined) else 0
    return 0


def _quote_follows(lines: list[str], i: int) -> bool:
    following = next((line for line in lines[i : i + 5] if line.strip()), "")
    return bool(_QUOTED.match(following[:_HEAD]))


def _without_rule(lines: list[str]) -> list[str]:
    """Drop the line of underscores that mail clients put above the history."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return lines[: end - 1] if end and _RULE.match(lines[end - 1][:_HEAD]) else lines


def _without_disclaimers(lines: list[str]) -> list[str]:
    kept: list[str] = []
    start = 0
    for i in range(len(lines) + 1):
        if i == len(lines) or not lines[i].strip():
            paragraph = lines[start:i]
            if not _DISCLAIMER.is_in("\n".join(paragraph)[: 3 * _HEAD].lower()):
                kept.extend(paragraph)
            kept.extend(lines[i : i + 1])
            start = i + 1
    return kept


def _without_signature(lines: list[str]) -> list[str]:
    """Cut at `-- ` or at a sign-off with a short tail; a postscript stays."""
    lines = [line for line in lines if not _SENT_FROM.match(line[:120])]
    last = len(lines) - 1
    while last > 0 and not lines[last].strip():
        last -= 1
    for i in range(max(1, last - _SIGNATURE_LINES), last + 1):
        line = lines[i].strip()
        if line in ("--", "—", "__") or (_SIGN_OFF.match(line[:100]) and _is_tail(lines[i + 1 :])):
            return lines[:i] + _postscript(lines[i + 1 :])
    return lines


def _is_tail(lines: list[str]) -> bool:
    """Return whether *lines* look like names and addresses: few, short, no sentences."""
    said = [line.strip() for line in _before_postscript(lines) if line.strip()]
    return len(said) <= _SIGN_OFF_LINES and not any(
        len(line) > 120 or "?" in line or (line[-1] in ".!" and line.count(" ") >= 4)
        for line in said
    )


def _before_postscript(lines: list[str]) -> list[str]:
    return lines[: len(lines) - len(_postscript(lines))]


def _postscript(lines: list[str]) -> list[str]:
    for i, line in enumerate(lines):
        if _POSTSCRIPT.match(line[:20]):
            return lines[i:]
    return []
