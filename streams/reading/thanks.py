"""
Is a text thanks and nothing else? Text in, yes or no out.

Complaints thank us too ("Thanks a lot for charging me twice"), and no list of troubles is ever
complete. So it is the words of thanks, praise and farewell that are listed: any other word says
something, unless it is a name. In doubt a text is no thanks, and a person gets to see it.
"""

from __future__ import annotations

import re

from streams.text.patterns import Pattern
from streams.text.person_names import address

LONGEST = 500
"""Characters of a text. A longer one says more than thanks."""

_THANKS = Pattern(
    r"(?i)\b(?:thanks?|thank you|thx|tysm|ty|cheers|appreciated?|grateful|danke\w*|dank|merci"
    r"|remerci\w+|gracias|grazie|obrigad[oa]|bedankt|tack|takk?|dzięk\w+|děkuj\w+|спасибо|kiitos"
    r")\b|ありがとう|谢谢|感谢|감사|고마|고맙|شكرا|תודה"
)
_WORDS = frozenset(
    """
    thank thanks thx tysm ty cheers appreciate appreciated grateful
    you u your the this that thats it its it's that's is are i i'm im am we we're me us my our to
    of for and a an so very really truly extremely too much many lot lots bunch million tons ton
    great good perfect perfectly awesome excellent wonderful brilliant amazing fantastic lovely nice
    super cool fine well top best works working worked fixed solved resolved sorted set
    all everything now quick fast prompt quickly promptly speedy kind kindly helpful help helped
    helping support team guys folks everyone reply response answer explanation assistance advice
    just happy glad pleased love loved lifesaver hero star legend rock day weekend evening regards
    wishes bye goodbye yes yep yay ok okay oh ah wow hi hello hey dear there

    danke dankeschön dank vielen lieben besten herzlichen herzlich schön sehr tausend für die der
    das den deine ihre eure dir ihnen euch dein ihr hilfe schnelle schnellen tolle nette antwort
    rückmeldung unterstützung es alles jetzt nun geht läuft klappt funktioniert geklappt gelöst
    erledigt prima perfekt toll klasse wunderbar bestens spitze großartig hat ist und nochmal
    nochmals liebe grüße gruß viele beste ich bin wir freue mich hallo moin

    merci beaucoup bien mille pour votre ton vos l'aide aide réponse rapide rapidité tout est c'est
    cela ça marche fonctionne maintenant résolu réglé parfait parfaitement génial bonne journée
    soirée cordialement je vous te nous remercie remercions équipe et très encore bonjour

    gracias muchas muchísimas mil por su tu vuestra la el ayuda respuesta rápida todo ya funciona
    bien perfecto perfectamente resuelto solucionado genial excelente estupendo buen día muy amable
    amables saludos está ahora y equipo hola

    grazie molte per il vostro tuo aiuto l'aiuto risposta rapida tutto ora adesso risolto perfetto
    ottimo benissimo bene gentile gentilissimi è ciao

    bedankt je u uw wel heel erg hartelijk hartelijke voor de het jullie hulp reactie antwoord werkt
    nu opgelost geweldig goed alles

    obrigado obrigada muito pela pelo ajuda resposta tudo funcionou agora resolvido perfeito ótimo

    tack så mycket för hjälpen det fungerar takk tak mange tusen dziękuję dzięki bardzo za pomoc
    działa děkuji moc спасибо большое за помощь всё работает kiitos paljon
    """.split()  # noqa: SIM905
)
"""Words of thanks, praise and farewell. Without a negation, another person or another verb,
they cannot make a complaint."""
_MUCH = r"(?:so |very |really |super |extremely |most )*"
_GOOD = (
    r"(?:helpful|great|good|perfect|awesome|excellent|wonderful|brilliant|amazing|fantastic|lovely"
    r"|nice|kind|quick|fast|easy|it|exactly it|fixed|solved|resolved|sorted)"
)
_SOLVED = r"(?:solved|fixed|resolved|sorted|gone|gelöst|behoben|résolu|réglé|resuelto|solucionado)"
_PROBLEM = r"(?:problem|issue|problème|problema)"
_PHRASES = re.compile(
    r"(?i)\b(?:(?:(?:so |and )?(?:you (?:can|may)|please|feel free to|we can) )?(?:now )?"
    r"(?:close|mark) (?:the |this |my |our |that )?(?:ticket|case|request|thread|conversation|this"
    r"|it|issue)(?: #?\d+)?(?: (?:now|as (?:solved|resolved|closed|done)))*"
    r"|no (?:further|more|other) (?:questions?|help|action)(?: (?:needed|required|necessary"
    r"|from (?:me|us|(?:my|our) side)))*"
    r"|nothing (?:else|more|further)(?: (?:needed|from (?:me|us|(?:my|our) side)))*"
    rf"|(?:that|this|it|which|you|your \w+) (?:was|were|has been|have been) {_MUCH}{_GOOD}"
    r"|(?:that|this|it|which)?(?:'s| has)? ?(?:did|done) the trick|all done|well done|great job"
    r"|good job|made my day|saved my day|you rock|have an? (?:nice|good|great|lovely) \w+"
    r"|(?:thanks|thank you|works|working|works fine) again|(?:funktioniert|geht|läuft) wieder"
    rf"|(?:the |my |our |das |le |el |il )?{_PROBLEM}(?: is| has been| was| ist| est| está)?"
    rf"(?: now| all)? {_SOLVED}|{_SOLVED} (?:the|my|our) {_PROBLEM}"
    r"|(?:the|my|our) \w+ (?:works|is working|is fixed|has been fixed)(?: (?:now|fine|again"
    r"|perfectly|great|well))*"
    r"|(?:i|we)(?: can|'m| am|'re| are)(?: (?:log|sign))?(?: back)? in (?:again|now)"
    r"|(?:sie |du |ihr )?(?:können |kannst |könnt )?(?:das|dieses) ticket (?:gerne |jetzt )?"
    r"(?:schließen|kann geschlossen werden)"
    r"|(?:vous pouvez )?(?:fermer|clôturer) (?:le|ce) (?:ticket|dossier)"
    r"|(?:pueden? )?cerrar (?:el|este) (?:ticket|caso))(?!\w)"
    r"|(?:どうも|本当に|誠に)*ありがとう(?:ございま(?:す|した))?|解決しました|助かりました"
    r"|(?:非常)?(?:谢谢|感谢)(?:您们?|你们?|大家)?(?:的(?:帮助|支持))?了?|问题(?:已经?)?解决了?"
    r"|(?:정말 )?(?:감사(?:합니다|드립니다)|고맙습니다)|해결(?:되었|됐)습니다"
    r"|شكرا(?: جزيلا| لكم| لك)*|תודה(?: רבה)?"
)
_TURNS = Pattern(
    r"(?i)[?？؟]|\b(?:is|are|am|was|were|did|does|has) (?:it|this|that|all|everything|you|i|we|my"
    r"|our|your)\b"
)
"""Words that turn even kind words into a question: "is it fixed now"."""
_COURTESY = frozenset(
    """
    in advance any looking into on at time attention consideration understanding patience
    cooperation taking look reading have soon asap im voraus mühe d'avance par avance temps de
    antemano anticipado in anticipo alvast voor baat
    """.split()  # noqa: SIM905
)
_PART = re.compile(r"[^.,!;:…。！，、\n()–—]+|\n")
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_MOST_NAMES = 3


def is_in(text: str) -> bool:
    """Return whether *text* has a word of thanks."""
    return _THANKS.is_in(text)


def is_all_of(text: str) -> bool:
    """Return whether *text* thanks us, and asks and reports nothing."""
    return len(text) <= LONGEST and is_in(text) and _says_nothing_else(text, _WORDS)


def is_courtesy(sentence: str) -> bool:
    """Return whether *sentence* is thanks, perhaps for what is still to be done."""
    return is_in(sentence) and _says_nothing_else(sentence, _WORDS | _COURTESY)


def _says_nothing_else(text: str, words: frozenset[str]) -> bool:
    """Return whether *text* has only *words*, kind phrases and names."""
    if _TURNS.is_in(text):
        return False
    text = _PHRASES.sub(" ", text.replace("’", "'"))
    names = 0
    for part in _PART.findall(text):
        found = _WORD.findall(part)
        known = [w.casefold() in words for w in found]
        first = known.index(False) if False in known else len(found)
        if any(known[first:]) or not _may_be_name(found[:first], found[first:]):
            return False
        names += len(found) - first
    return not names or (names <= _MOST_NAMES and not text.isupper())


def _may_be_name(before: list[str], rest: list[str]) -> bool:
    """Return whether *rest* is a name, or nothing; *before* are the words that lead to it."""
    if not rest:
        return True
    leads = not before or is_in(" ".join(before)) or before[-1].casefold() in _CALLS
    return leads and all(w[0].isupper() for w in rest) and address(" ".join(rest)) is not None


_CALLS = frozenset(("hi", "hello", "hey", "dear", "hallo", "bonjour", "hola", "ciao", "regards"))
