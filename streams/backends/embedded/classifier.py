"""
Triage without a language model: a ticket and its reading in, a `Classification` out.

Learns the taxonomy's examples (`ridge.py`), adds the evidence of key phrases, and takes
the fallback category where neither says much. Priority follows rules: the subcategory's
own, raised by what makes any ticket urgent. About half a millisecond for a ticket; the
same ticket always gets the same answer.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Final, cast

import numpy as np

from schemas import IncomingTicket, Reading
from schemas.triage import Priority, Sentiment
from streams.backends.embedded.ridge import Matrix, RidgeModel, softmax, words
from streams.backends.embedded.sentiment import sentiment
from streams.definitions.taxonomy import Subcategory, Taxonomy
from streams.ports import Classification
from streams.text.patterns import Pattern
from streams.text.sentences import different

_PHRASE_EVIDENCE: Final = 1.5
"""Log-odds that a key phrase adds to its subcategory: odds of 4.5 to 1."""
_MOST_EVIDENCE: Final = 3.0
_CONSIDERED: Final = 2_000
"""Characters that are searched for key phrases and urgency."""
_SURE: Final = 0.5
"""Probability of the category from which its subcategory alone can make a ticket P1."""
_UNSURE: Final = 0.15
"""Probability below which no subcategory stands out, and the ticket is the fallback's."""

_BLOCKED_PAYMENT: Final = Pattern(
    r"\b(?:cannot|can't|can not|unable to|not able to|impossible to|won't let (?:us|me)"
    r"|nobody can|no one can) "
    r"(?:\w+ ){0,3}(?:pay|check ?out|renew)\b[^.!?\n]{0,120}\b(?:suspend|block|lock|deactivat"
    r"|shut|stopped|read-only|any (?:card|method|of))\w*"
    r"|\b(?:suspended|blocked|deactivated|shut (?:down|off)|read-only)\b[^.!?\n]{0,120}\b(?:pay"
    r"|payments?|cards?)\b"
    r"|\b(?:pay|payments?|cards?)\b[^.!?\n]{0,120}\b(?:suspended|deactivated|shut (?:down|off)"
    r"|read-only)\b"
    r"|\ball (?:of )?(?:our |my |the )?(?:payments|cards|checkouts) (?:\w+ ){0,2}(?:fail"
    r"|are declined|declined|rejected|blocked)"
    r"|\b(?:gesperrt|suspendu|bloqué|suspendid[oa]|bloquead[oa]|sospeso|bloccato"
    r"|geblokkeerd)\b[^.!?\n]{0,120}\b(?:zahl\w*|karte|paiement|carte|pago|tarjeta|pagamento"
    r"|carta|betaling)"
    r"|\b(?:zahlung|karte|paiement|carte|pago|tarjeta|pagamento|carta"
    r"|betaling)\b[^!?\n]{0,120}\b(?:gesperrt|suspendu|bloqué|suspendid[oa]|bloquead[oa]|sospeso"
    r"|bloccato|geblokkeerd)",
)
_SIGNIFICANT: Final = Pattern(
    r"\b(?:urgent\w*|asap|emergency|critical|deadline"
    r"|showstopper|blocker|blocking (?:us|our|me)"
    r"|cannot work|can't work|unable to work|lost (?:all|everything|our|my|hours|days|data)"
    r"|all (?:of )?(?:our|my) (?:\w+ )?(?:data|files|users|customers|work)"
    r"|(?:whole|entire) (?:team|company|office)|hours? of work|losing (?:money|customers|data)"
    r"|stolen|locked out|dringend|sofort|eilig|notfall|urgence|d'urgence|urgente)\b",
)
_IN_DANGER: Final = Pattern(
    r"\b(?:kill|hurt|harm)(?:ing)? (?:myself|yourself|yourselves)\b|\bsuicid|\bself[- ]harm"
    r"|\b(?:end|take|taking|ending) my (?:own )?life\b|\b(?:i|we)(?: want|'d rather| would rather"
    r"| just want) to die\b|\b(?:don't|do not|no longer) want to (?:live|be alive)\b"
    r"|\b(?:i|we)(?:'ll| will|'m going to| am going to|'re going to| are going to| want to"
    r"| swear i'll)"
    r" (?:kill|hurt|shoot|stab|beat|murder|strangle) (?:you|him|her|them|someone|somebody"
    r"|every(?:one|body)|your)\b|\bi know where (?:you|he|she|they) (?:all )?(?:live|work)s?\b"
    r"|\bbomb threat\b|\b(?:bomb|blow up|burn down|shoot up) (?:the|your|our|this) (?:office"
    r"|building"
    r"|house|place|headquarters)\b"
    r"|\b(?:mich|dich|euch|sie|ihn) (?:\w+ )?(?:umbringen|umzubringen|töten|erschießen|abstechen)\b"
    r"|\b(?:suizid|selbstmord|selbstverletz)|\bdas leben nehmen|\bnicht mehr leben\b"
    r"|\bweiß,? wo (?:du|sie|ihr) wohn|\bme (?:suicider|tuer)\b|\bmettre fin à mes jours"
    r"|\b(?:plus envie de vivre|envie de mourir)\b|\b(?:vais|veux) (?:te|vous|le|la|les) tuer\b"
    r"|\bsais où (?:tu|vous) habite|\b(?:matarme|quitarme la vida|quiero morir|no quiero vivir)\b"
    r"|\b(?:voy a|quiero) matar|\b(?:te|los|os|lo|la) voy a matar\b|\bsé dónde (?:vives|viven)\b"
    r"|\b(?:uccidermi|ammazzarmi|togliermi la vita|voglio morire|non voglio più vivere)\b"
    r"|\b(?:ti|vi|lo|la) (?:ammazzo|uccido)\b|\bso dove (?:abiti|abitate|vivi)\b"
    r"|\b(?:zelfmoord|zelfdoding|mezelf van kant|niet meer leven|wil dood)\b"
    r"|\bvermoord (?:je|jullie|hem|haar)|\bweet waar (?:je|jullie|u) woon"
    r"|\b(?:suicídio|matar-me|me matar|quero morrer|não quero (?:mais )?viver)\b"
    r"|\btirar a (?:minha|própria) vida|\bvou (?:te |vos )?matar\b|\bsei onde (?:você|tu"
    r"|vocês) mora",
)
"""Suicide, self-harm, violence against persons; the policy has a rule on the same."""
_NO_OUTAGE: Final = Pattern(
    r"\b(?:no|not an?|isn't an?|wasn't an?|without an?) (?:\w+ )?(?:outage|downtime)\b"
    r"|\bnothing (?:is|was|seems) (?:\w+ )?(?:down|broken|offline)\b|\b(?:not|isn't) (?:down"
    r"|offline)\b"
    r"|\b(?:kein(?:en)? (?:\w+ )?ausfall|nichts ausgefallen)\b|\bpas (?:de |en |une )panne\b"
    r"|\b(?:no está|no hay|sin) (?:una |ninguna )?(?:caíd[oa])|\bnessun (?:\w+ )?(?:disservizio"
    r"|guasto)"
    r"|\bgeen (?:\w+ )?storing|\bnão está (?:fora do ar|em baixo)|\bsem interrupç",
)
_DENIED: Final = ("not ", "nothing ", "n't ", "no ")
_ASKS_HOW: Final = Pattern(
    r"\b(?:how (?:do|can|would|should|to|long|much|many|often|does|are|is)|what (?:is|are|does"
    r"|happens|would)|where (?:do|can|is|are)|which|when (?:will|do|does|is)"
    r"|do you (?:have|offer|support|plan)|does (?:it|your|the)|is (?:there|it possible)"
    r"|are there|can (?:i|we|you|it)|could (?:i|we|you)|may (?:i|we)|i(?:'d| would) like to know"
    r"|wondering|wie (?:kann|lange|viel)|wo (?:finde|kann)|gibt es|comment|où|est-ce que|combien"
    r"|cómo|dónde|cuánto|come (?:posso|faccio)|dove|hoe|waar)\b",
)
_TROUBLED: Final = Pattern(
    r"n't\b|\b(?:not|cannot|cant|never|no longer|error\w*|fail\w*|broken|wrong|issue\w*"
    r"|problem\w*|crash\w*|lost|missing|disappear\w*|refus\w*"
    r"|declin\w*|reject\w*|twice|double\w*|unable|stuck|stopp?ed|slow\w*|hack\w*|stolen"
    r"|suspicious|unexpected\w*|overcharg\w*|charged|urgent\w*|still|deleted|empty|expired"
    r"|down|blocked|locked|suspended|nicht|kein\w*|fehl\w*|kaputt|falsch|doppelt|gesperrt|weg"
    r"|pas|plus|erreur|problème|perdu\w*|no|errore?|problema|perdid[oa]|non|niet|fout)\b",
)


class EmbeddedClassifier:
    """A `Classifier` made of a taxonomy alone."""

    name = "embedded"

    def __init__(self, taxonomy: Taxonomy) -> None:
        """Take *taxonomy*; its examples are learnt by `learn`, or for the first ticket."""
        self._leaves = [(c.name, s) for c in taxonomy.categories for s in c.subcategories]
        self._names = [c.name for c in taxonomy.categories]
        self._belongs = np.array([[c == n for n in self._names] for c, _ in self._leaves], float)
        self._fallback = [c for c, _ in self._leaves].index(taxonomy.fallback)
        self._phrases = _phrases([leaf for _, leaf in self._leaves])
        self._examples = [
            (text, i) for i, (_, leaf) in enumerate(self._leaves) for text in _texts(leaf)
        ]

    def learn(self) -> None:
        """Learn the taxonomy's examples: a fifth of a second for the default one."""
        _ = self._model

    @cached_property
    def _model(self) -> RidgeModel:
        texts, leaves = zip(*self._examples, strict=True)
        return RidgeModel(texts, leaves, len(self._leaves))

    async def classify(self, ticket: IncomingTicket, reading: Reading) -> Classification:
        """Return what *reading* is about. Never raises."""
        if not reading.asks:
            category, leaf = self._leaves[self._fallback]
            return Classification(category, leaf.name, "P3", sentiment(reading.text), 1.0)
        probabilities = self._probabilities(reading)
        of_category = probabilities @ self._belongs
        best = int(of_category.argmax())
        at = int((probabilities * self._belongs[:, best]).argmax())
        if probabilities.max() < _UNSURE and of_category[best] < _SURE:
            at = self._fallback
        category, leaf = self._leaves[at]
        feels = sentiment(reading.text)
        return Classification(
            category=category,
            subcategory=leaf.name,
            priority=_priority(self._own(leaf, of_category[best]), reading, feels),
            sentiment=feels,
            confidence=round(float(of_category[self._names.index(category)]), 4),
        )

    def _probabilities(self, reading: Reading) -> Matrix:
        """
        Return the probability of each subcategory, shape (subcategories,).

        It is the mean over the text as a whole and each of its problems; later problems
        count half, because people begin with what troubles them most.
        """
        texts = different((reading.text, *reading.queries)) or [""]
        evidence = np.array([self._evidence(text) for text in texts])
        found = softmax(self._model.logits(texts) + evidence)
        weights = np.where(np.arange(len(texts)) < 2, 1.0, 0.5)
        mean: Matrix = weights @ found / weights.sum()
        return mean

    @staticmethod
    def _own(leaf: Subcategory, confidence: float) -> Priority:
        """Return *leaf*'s priority. P1 needs a classifier that is sure, or a signal (see below)."""
        if leaf.priority == "P1" and confidence < _SURE:
            return "P2"
        return cast(Priority, leaf.priority)

    def _evidence(self, text: str) -> Matrix:
        """Return the log-odds that key phrases in *text* add to each subcategory."""
        added = [0.0] * len(self._leaves)
        said = words(text[:_CONSIDERED])
        found = {
            phrase
            for i, word in enumerate(said)
            for phrase in self._phrases.get(word, ())
            if said[i : i + len(phrase.words)] == phrase.words
        }
        for phrase in found:
            for leaf in phrase.leaves:
                added[leaf] += _PHRASE_EVIDENCE
        return np.minimum(added, _MOST_EVIDENCE)


def _texts(leaf: Subcategory) -> tuple[str, ...]:
    """Return what there is to learn *leaf* from."""
    return (*leaf.examples, *([leaf.description] if leaf.description else []))


@dataclass(frozen=True, eq=False)
class _Phrase:
    """The words of a key phrase, and the places of the subcategories that it speaks for."""

    words: list[str]
    leaves: list[int]


def _phrases(leaves: list[Subcategory]) -> dict[str, list[_Phrase]]:
    """Return the key phrases by their first word."""
    speaks_for: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for i, leaf in enumerate(leaves):
        for phrase in dict.fromkeys(tuple(words(p)) for p in leaf.key_phrases):
            speaks_for[phrase].append(i)
    found: defaultdict[str, list[_Phrase]] = defaultdict(list)
    for phrase, places in speaks_for.items():
        if phrase:
            found[phrase[0]].append(_Phrase(list(phrase), places))
    return dict(found)


def _priority(own: Priority, reading: Reading, feels: Sentiment) -> str:
    """Return *own* priority, raised by what is urgent, lowered for a mere question."""
    text = reading.text[:_CONSIDERED].lower().replace("’", "'")
    signalled = not {"outage", "security_report"}.isdisjoint(reading.signals)
    if signalled or _BLOCKED_PAYMENT.is_in(text) or _IN_DANGER.is_in(text):
        return "P1"
    if own == "P1" and _NO_OUTAGE.is_in(text):
        own = "P3"
    pressing = feels == "frustrated" or _is_significant(text)
    if not pressing and _ASKS_HOW.is_in(text) and not _TROUBLED.is_in(text):
        return "P3"
    raised: Priority = "P2" if pressing else "P3"
    return min(own, raised)


def _is_significant(text: str) -> bool:
    return any(not text.endswith(_DENIED, 0, m.start()) for m in _SIGNIFICANT.finditer(text))
