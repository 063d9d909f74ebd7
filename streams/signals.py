"""
A customer's words in, what a person must know before answering out.

Patterns over lower case (three times as fast as ignoring case), each bounded, so that time
grows with the length alone. They are made to be noticed,
not to decide: a signal escalates, it never drops or answers a ticket. The order of the
result is that of `SIGNALS`.
"""

from __future__ import annotations

import re

from schemas.triage import Signal
from streams.patterns import Pattern

_LEGAL = Pattern(
    r"\blegal (?:action|steps|proceedings|measures|consequences)|\b(?:file|filing"
    r"|bring) (?:a )?(?:law)?suit"
    r"|\blawsuit|\b(?:will|going to|'ll|gonna|might) sue\b|\bsue (?:you|your)\b|\bsmall claims\b"
    r"|\b(?:take|taking|see) you (?:to|in) court"
    r"|\b(?:my|our|a|the|an) (?:lawyers?|attorneys?|solicitors?|legal (?:team|counsel|department))"
    r"\b[^.\n]{0,40}\b(?:contact|touch|involve|hear|write|letter|instruct|action)"
    r"|\b(?:contact|hear|involve|speak|talk|consult|forward|pass|hand|letter"
    r"|instruct)\w*\b[^.\n]{0,40}"
    r"\b(?:my|our|a|the|an) (?:lawyers?|attorneys?|solicitors?|legal (?:team|counsel|department))"
    r"|\bcease and desist|\bformal notice of (?:claim|dispute)|\bbreach of contract"
    r"|\b(?:report|complain|complaint|notify|go)\w*\b[^.\n]{0,40}\b(?:ombudsman"
    r"|trading standards|regulator"
    r"|data protection authority|consumer protection|supervisory authority|attorney general)"
    r"|\brechtliche schritte|\brechtsanwalt|\b(?:meinen|unseren|mein|unser) anwalt|\bverklagen"
    r"|\bklage ein"
    r"|\bmise en demeure|\bpoursuites judiciaires|\b(?:mon|notre) avocat|\bacciones legales"
    r"|\b(?:mi|nuestro) abogado|\bvie legali|\b(?:mio|nostro) avvocato|\bjuridische stappen"
    r"|\bmedidas legais|\brättsliga åtgärder",
)
_SECURITY = Pattern(
    r"\bvulnerabilit(?:y|ies)\b|\b(?:stored|reflected|dom)? ?xss\b|\bcross[- ]site (?:scripting"
    r"|request)"
    r"|\bsql injection|\bcsrf\b|\bssrf\b|\bidor\b|\bremote code execution|\bcve-\d{4}|\bzero[- ]day"
    r"|\b(?:responsible|coordinated) disclosure|\bbug bounty|\bsecurity (?:hole|flaw|bug"
    r"|researcher|vulnerability"
    r"|incident|breach|disclosure)|\bdata (?:leak|breach)|\bpersonal data (?:was|has been"
    r"|were) (?:exposed|leaked)"
    r"|\b(?:see|access|view|read|open|download)\w* (?:the )?(?:other|another|someone else'?s"
    r"|somebody else'?s|different)"
    r" (?:customer|user|compan|account|tenant|people|person|organi[sz]ation)\w*"
    r"|\b(?:been|was|were|got|is) (?:hacked|compromised|breached)\b|\bhacked (?:my|our|into)\b"
    r"|\bphishing\b|\bunauthori[sz]ed (?:access|login|log-in|sign-in)|\b(?:leaked"
    r"|exposed) (?:api )?(?:keys?|tokens?|passwords?|credentials)"
    r"|\bsicherheitslücke|\bschwachstelle|\bgehackt\b|\bdatenleck|\bfaille de sécurité"
    r"|\bpirat[ée]e?\b"
    r"|\bvulnerabilidad|\bhackead[oa]|\bvulnerabilità|\bbeveiligingslek",
)
_INJECTION = Pattern(
    r"(?m)\b(?:ignore|disregard|forget|override|bypass|skip)\b[^.\n]{0,30}\b(?:previous|prior|above"
    r"|earlier|preceding"
    r"|initial|original|system|all (?:of )?(?:your|the|my)|your)\b[^.\n]{0,30}\b(?:instructions?"
    r"|prompts?|rules?"
    r"|directions?|directives?|guidelines?|guardrails?|polic(?:y|ies)|constraints?|commands?"
    r"|programming|restrictions?)"
    r"|\b(?:system|developer|hidden|initial) (?:prompt|message|instructions?)\b"
    r"|\b(?:reveal|print|repeat|show|output|leak|disclose"
    r"|tell me)\b[^.\n]{0,30}\byour (?:\w+ )?(?:prompt|instructions|rules)\b"
    r"|\b(?:you are|you're|act|behave|respond) (?:now |as |like )+(?:a |an |in "
    r"|the )?(?:\w+ )?(?:ai|assistant|model|llm|chatbot"
    r"|bot|dan|developer mode|unrestricted|jailbr\w+|admin\w*|root)\b"
    r"|\b(?:as|note to|attention|dear|hey|instructions? (?:to|for)) (?:an? |the |any "
    r"|all )?(?:ai|llm|language model"
    r"|chatbot|ai (?:agent|assistant|model|system))s?\b"
    r"|\bif you are (?:an? )?(?:ai|llm|language model|bot|automated)"
    r"|\bnew (?:system )?instructions?\s*:"
    r"|\b(?:developer|debug|god|maintenance|admin(?:istrator)?) mode (?:is )?(?:now )?(?:on"
    r"|enabled|activated)"
    r"|\b(?:enable|enter|activate|switch to) (?:developer|debug|god|dan|unrestricted) mode"
    r"|\bjailbreak"
    r"|\bfrom now on,? you (?:are|will|must)|\bpretend (?:to be|you are|that you)"
    r"|\b(?:respond|reply|answer) (?:only |exactly )+(?:with|by)\b|\bdo anything now\b"
    r"|\b(?:mark|classify|label|set|treat) (?:this|the) (?:ticket|message|priority|email"
    r"|e-mail)\b[^.\n]{0,25}\b(?:as|to) "
    r"(?:p[1-3]|passed|resolved|approved|urgent|high(?:est)?|low(?:est)?)\b"
    r"|<\|?(?:im_start|im_end|system|endoftext|assistant)\|?>|\[/?inst\]|<<sys>>"
    r"|^\s*(?:#{2,} ?)?(?:system|assistant)\s*:"
    r"|\bignorier\w* (?:bitte )?(?:alle |die |deine |sämtliche )*(?:vorherigen|bisherigen"
    r"|vorigen|obigen|früheren) "
    r"|\bignore[zr]? (?:toutes )?(?:les|vos|tes) (?:\w+ )?(?:instructions|consignes)"
    r"|\bignor[ae]r? (?:todas )?(?:las|tus|sus) (?:\w+ )?instrucciones"
    r"|\bignora (?:tutte )?(?:le )?(?:\w+ )?istruzioni"
    r"|\bnegeer (?:alle )?(?:vorige|eerdere|bovenstaande) |\bignore (?:todas )?as instruções"
)
_SERVICE = (
    r"(?:site|web ?site|service|services|app|application|platform|system|systems|server|servers"
    r"|api|portal"
    r"|everything|product|software|whole thing|cluster|dashboard)"
)
_OUTAGE = Pattern(
    rf"\b{_SERVICE} (?:is|are|'s|seems?|appears?|has|have|went|keeps?|looks)(?: to be| been"
    rf"| gone| going)?"
    r"(?: currently| completely| totally| entirely| still| again| all| now| just| fully| both)* "
    r"(?:down|offline|unreachable|unavailable|dead|inaccessible)\b"
    rf"|\b{_SERVICE} (?:down|offline|unreachable)\b|\bis (?:the|your) {_SERVICE} down\b"
    r"|\b(?:nobody|no one|no-one|none of (?:us|our \w+|the \w+)|all (?:of )?(?:our|my) \w+"
    r"|(?:the |our )?(?:whole|entire) "
    r"(?:\w+ ){0,2}(?:team|company|office|staff|organi[sz]ation)|everyone"
    r"|everybody)\b[^.!?\n]{0,40}\b(?:log ?in|sign ?in"
    r"|access|get in|work|load|open|reach|locked out|down|offline)\b"
    r"|\b(?:complete|total|major|full|ongoing|current) (?:outage|downtime)"
    r"|\bwe are (?:completely |totally )?(?:down|offline)\b"
    r"|\bproduction (?:is|has been|went) (?:\w+ )?(?:down|offline)|\boutage\b"
    r"|\b(?:alles|system|seite|webseite|dienst|plattform|server) (?:ist|sind) (?:\w+ )?(?:down"
    r"|offline|nicht erreichbar|ausgefallen)"
    r"|\bniemand (?:\w+ ){0,3}(?:kann|kommt)|\btotalausfall|\bkomplettausfall|\b(?:le site"
    r"|le service|tout) est (?:\w+ )?(?:en panne|hors ligne|inaccessible)"
    r"|\b(?:el sitio|el servicio|todo) está (?:\w+ )?(?:caído|caída)|\bnadie puede|\b(?:il sito"
    r"|il servizio) (?:è|non è) (?:\w+ )?(?:giù|offline|raggiungibile)"
    r"|\b(?:de site|de website|alles) (?:is|ligt) (?:\w+ )?(?:plat|eruit|offline)",
)
_NOT_NOW = Pattern(
    r"\b(?:yesterday|last (?:week|month|year|night|monday|tuesday|wednesday|thursday|friday)"
    r"|history|post-?mortem"
    r"|past|previous|planned|scheduled|subscribe|notif\w+|credit|compensat\w+|if (?:there|your"
    r"|the)|in case"
    r"|resolved|back up|how often|next time|ever|gestern|letzte|hier|ayer)\b",
)
_CARD = re.compile(
    r"(?<![0-9])(?:[2-6][0-9]{12,18}|[2-6][0-9]{3}([ -])[0-9]{4}\1[0-9]{4}\1[0-9]{1,7}"
    r"|3[0-9]{3}([ -])[0-9]{6}\2[0-9]{5})(?![0-9])"
)
_LONG_NUMBER = Pattern(r"[0-9](?:[ -]?[0-9]){12}")
"""Every card number has one; seldom does a text."""
_CONSIDERED = 20_000
"""Characters at either end that are searched; what lies between is a log."""
_ZERO_WIDTH = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0xAD))


def signals(text: str, unseen: str = "") -> tuple[Signal, ...]:
    """
    Return the signals that *text* gives; *unseen* (hidden in markup, or attached) can only be an
    injection or hold a card number.
    """
    plain = _ends(text).lower().replace("’", "'")
    machine = f"{plain}\n{_ends(unseen).lower()}".translate(_ZERO_WIDTH)
    found: dict[Signal, bool] = {
        "legal_threat": _LEGAL.is_in(plain),
        "security_report": _SECURITY.is_in(plain),
        "injection": _INJECTION.is_in(machine),
        "card_number": _has_card(machine),
        "outage": _is_outage(plain),
    }
    return tuple(name for name, is_so in found.items() if is_so)


def _ends(text: str) -> str:
    if len(text) <= 2 * _CONSIDERED:
        return text
    return f"{text[:_CONSIDERED]}\n{text[-_CONSIDERED:]}"


def _is_outage(text: str) -> bool:
    """Return whether *text* reports an outage of now, not one that is past or planned."""
    for match in _OUTAGE.finditer(text):
        start = max(text.rfind(mark, 0, match.start()) for mark in ".!?\n") + 1
        around = text[max(start, match.start() - 120) : match.end() + 60].split("\n")[0]
        if not _NOT_NOW.is_in(around):
            return True
    return False


def _has_card(text: str) -> bool:
    return _LONG_NUMBER.is_in(text) and any(_is_card(m[0]) for m in _CARD.finditer(text))


def _is_card(written: str) -> bool:
    """Return whether the digits pass the check of ISO/IEC 7812 (Luhn)."""
    digits = [int(c) for c in reversed(written) if c.isdigit()]
    doubled = (d * 2 - 9 if d > 4 else d * 2 for d in digits[1::2])
    return len(set(digits)) > 1 and (sum(digits[::2]) + sum(doubled)) % 10 == 0
