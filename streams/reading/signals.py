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
from streams.text.patterns import Pattern
from streams.text.personal_data import is_card_number

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
    r"|\b(?:threat\w*|hir(?:e|ed|ing)|retain\w*|through|via|get(?:ting)?)\b[^.\n]{0,20}\b(?:my|our"
    r"|a|an)"
    r" (?:lawyer|attorney|solicitor)s?\b"
    r"|\b(?:my|our) (?:lawyer|attorney|solicitor)s? (?:says?|advis|recommend|is (?:already )?(?:on"
    r"|involved|inform))"
    r"|\b(?:go|going|went|call|calling|report\w*|contact\w*|inform\w*|notif\w+"
    r"|involv\w+)\b[^.\n]{0,30}"
    r"\b(?:to )?the (?:police|authorities)\b|\bpolice report|\bpress(?:ing)? charges"
    r"|\bcriminal (?:complaint|charges|offen[cs]e|report)"
    r"|\breport(?:ing|ed)? (?:you|this|it|that|them|your \w+|the company)\b[^.\n]{0,40}\b(?:fraud"
    r"|scam|police|authorit\w+|bbb|ftc)\b"
    r"|\b(?:fraud (?:report|complaint|claim)|report (?:of |for |a )?fraud)\b"
    r"|\bbetter business bureau|\bconsumer (?:protection|rights|affairs|advice) (?:agency|office"
    r"|authority|board|bureau|cent(?:er|re)|organi[sz]ation)"
    r"|\bcharge ?-?backs?\b|\bbank (?:will|is going to|to|can)\b[^.\n]{0,20}\b(?:revers|disput"
    r"|recall|claw|cancel)\w*"
    r"|\bdisput\w+ (?:the|this|that|these|your|all|every) (?:\w+ )?(?:charge|payment"
    r"|transaction)s? "
    r"(?:with|through|at|via) (?:my|our|the) (?:bank|card|credit)"
)
_LEGAL_ELSEWHERE = Pattern(
    r"\brechtliche schritte|\brechtsanwalt|\brechtsweg|\b(?:mein|unser)\w{0,2} anw[aä]lt"
    r"|\bverklagen|\bklage ein|\bgerichtlich vor|\bvor gericht\b|\bstrafanzeige"
    r"|\banzeige (?:zu )?erstatten|\b(?:zur|der|die) polizei\b|\bverbraucher(?:schutz|zentrale)"
    r"|\b(?:wegen betrugs?|betrug (?:an|zu)\w*melden|betrug anzeigen)\b"
    r"|\bbank\b[^.\n]{0,60}\b(?:zurück(?:zu)?(?:buch|hol)|rückbuch)"
    r"|\bmise en demeure|\bpoursuites judiciaires|\b(?:mon|notre|mes|nos) avocat|\ben justice\b"
    r"|\bporter? plainte|\bdépos\w+ (?:une )?plainte|\bplainte pour\b|\bdgccrf\b"
    r"|\brépression des fraudes"
    r"|\b(?:à|appel\w+|prévenir|alerter|avertir|contacter) la (?:police|gendarmerie)\b"
    r"|\b(?:protection|défense|association) des? consommateurs"
    r"|\bbanque\b[^.\n]{0,60}\b(?:contest|annul|révoqu|rejet|récupér)|\brétrofacturation"
    r"|\bacci(?:ó|o)n(?:es)? legal|\bdemanda judicial|\b(?:mi|mis|nuestr[oa]s?) abogad[oa]s?"
    r"|\bdenunci(?:ar|aré|aremos|o|a)\b|\bla policía\b|\btribunales\b|\bcontracargo"
    r"|\b(?:protección|defensa|oficina)(?: al| del| de los)? consumidor"
    r"|\bbanco\b[^.\n]{0,60}\b(?:revert|revierta|devuelv|devolver|retroced|anul|disput)"
    r"|\bvie legali|\bazioni? legal|\b(?:mio|nostro|mia|nostra|miei|nostri) (?:avvocat|legale\b)"
    r"|\bdenunci(?:are|erò|eremo|a)\b|\bquerela|\ba?lla polizia\b|\bcarabinieri\b|\bin tribunale\b"
    r"|\b(?:tutela|associazione|difesa)(?: dei| del| di)? consumator"
    r"|\bbanca\b[^.\n]{0,60}\b(?:storn|annull|contest|revoc)"
    r"|\bjuridische (?:stappen|acti)|\b(?:mijn|onze) advoca|\bvoor de rechter\b|\baangifte\b"
    r"|\bde politie\b|\bconsumentenbond|\bconsumentenbescherming|\brechtszaak"
    r"|\bbank\b[^.\n]{0,60}\b(?:terug(?:boek|haal|hal|te (?:boek|hal|draai))|storner)"
    r"|\b(?:medidas|ações|ação) (?:legais|judiciais|legal|judicial)|\b(?:meu|minha|nosso"
    r"|nossa)s? advogad"
    r"|\bprocesso judicial|\bprocon\b|\b[aà] polícia\b|\bboletim de ocorrência|\bqueixa-crime"
    r"|\b(?:defesa|proteção|direitos?)(?: do| ao) consumidor|\btribunal\b"
    r"|\bbanco\b[^.\n]{0,60}\b(?:estorn|revert|contest|cancel)"
    r"|\brättsliga åtgärder",
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
_SOMEBODY = (
    r"(?:some(?:one|body)|(?:a |the )?(?:stranger|hacker|attacker|scammer|thie(?:f|ve))s?"
    r"|(?:an? |my |our |another |the )?(?:ex|former|old)?[ -]?(?:\w+ )?(?:co-?workers?|colleagues?"
    r"|employees?|flatmate|roommate|boyfriend|girlfriend|husband|wife|partner|boss|ex)"
    r"|another person|somebody else|someone else)"
)
_OTHERS = (
    r"(?:some(?:one|body) else's|another (?:person|user|customer|member)'s|my (?:boss|manager|wife"
    r"|husband|ex|girlfriend|boyfriend|partner|co-?worker|colleague|employee)(?:-\w+)?'s)"
)
_TAKEOVER = Pattern(
    r"\b(?:stole|stolen|hack(?:ed|ing)?|hijack(?:ed|ing)?|broke(?:n)? into"
    r"|breaking into)\b[^.\n]{0,20}"
    r"\b(?:my|our) (?:\w+ )?(?:accounts?|profile|login|workspace|mailbox|e-?mail|identity)\b"
    r"|\b(?:account|profile|login|workspace)s? (?:was|were|has been|have been|got|is|are|seems?) "
    r"(?:\w+ )?(?:stolen|hijacked|hacked|taken over|broken into|compromised)"
    rf"|\b{_SOMEBODY} (?:\w+ ){{0,3}}(?:(?:logged|logs|signed|signs|logging|gets?|got|broke|is|was"
    r"|been|went)"
    r" (?:in|into|in to|on|onto)(?: to)? (?:as (?:me|us)\b|with my|(?:my|our) (?:\w+ )?(?:account"
    r"|login"
    r"|profile|workspace))|(?:took|taken|takes) over (?:my|our)|(?:us(?:es|ed|ing)|access(?:es|ed"
    r"|ing)?) (?:my|our) "
    r"(?:account|login|password|profile)|(?:changed|stole|has|knows|guessed) my (?:password|login"
    r"|account"
    r"|credentials|identity)|(?:has|have|had|gain\w*|got) access to (?:my|our) (?:\w+ )?(?:account"
    r"|login|profile))"
    r"|\b(?:logged|logging|signed|logs) in as (?:me|us)\b|\b(?:pretend\w*|pos(?:es?|ed"
    r"|ing)) (?:to be|as)"
    r" (?:me|us)\b|\bimpersonat\w+ (?:me|us|our)\b|\baccount take-?over\b"
    r"|\b(?:log-?ins?|sign-?ins?|sessions?|activity|devices?)\b[^.\n]{0,30}\b(?:i|we) (?:do not"
    r"|don't|did not"
    r"|didn't) (?:recogni[sz]e|know|make|start)|\b(?:it|that|this) (?:was not|wasn't) me\b"
    r"|\bwithout (?:her|his|their|them|him|anyone|anybody)(?:'s)? (?:\w+ )?(?:knowledge|knowing"
    r"|consent"
    r"|permission|noticing|finding out|being told)"
    r"|\bwithout (?:my|the) (?:boss|manager|wife|husband|ex|partner|colleague|co-?worker|employee"
    r"|user"
    r"|owner)(?:'s)? (?:knowledge|knowing|consent|permission|noticing|finding out)"
    r"|\bwithout (?:telling|informing|notifying) (?:her|him|them|my (?:boss|colleague"
    r"|co-?worker))\b"
    r"|\b(?:log ?in(?:to| to)?|sign in(?:to| to)|get into|access|open|read|spy on|break into|hack"
    r"|turn off"
    rf"|disable|reset|remove|change)\b (?:\w+ ){{0,2}}{_OTHERS} (?:\w+ )?(?:accounts?|messages"
    r"|mailbox|e-?mails?|chats?|inbox|login|password|2fa|mfa|authenticator|two[- ]factor)",
)
_TAKEOVER_ELSEWHERE = Pattern(
    r"\b(?:konto|account|zugang|profil)\b[^.\n]{0,30}\b(?:gestohlen|geklaut|gekapert|gehackt"
    r"|kompromittiert|übernommen)|\b(?:jemand|fremde[r]?|kolleg(?:e|in)"
    r"|hacker)\b[^.\n]{0,40}\b(?:als ich"
    r"|in meinem namen|(?:in|auf|mit|über|hat) mein(?:em|en)? (?:konto|account|passwort|zugang))"
    r"|\bmein(?:en)? (?:konto|account)\b[^.\n]{0,10}\b(?:geknackt|geklaut|gestohlen|gehackt)"
    r"|\bohne (?:ihr|sein|deren|dessen) (?:wissen|einverständnis|zustimmung)|\bohne dass (?:sie|er"
    r"|es jemand)"
    r" (?:es |das |davon )?(?:merk|weiß|erfähr|mitbekomm|bemerk)"
    r"|\bcompte\b[^.\n]{0,30}\b(?:volé|usurpé|compromis|détourné)|\bvolé (?:mon|notre) compte"
    r"|\bconnecté\w* (?:à ma place|à mon compte|avec mon compte|en mon nom|sous mon nom)|\busurp"
    r"|\bà (?:son|leur) insu\b|\bsans (?:son|leur) (?:accord|consentement|autorisation)"
    r"|\bsans qu'(?:elle|il|ils|elles) (?:ne )?(?:le |s'en )?(?:sache|aperçoive|rende)"
    r"|\bcuenta\b[^.\n]{0,30}\b(?:robada|secuestrada|comprometida|suplantada)|\brob(?:aron|ado"
    r"|ó) (?:mi"
    r"|nuestra|la) cuenta|\b(?:entró|entrado|entraron|accedió|accedido|iniciado? sesión"
    r"|inició sesión)"
    r" (?:en|a|con|como) (?:mi cuenta|yo\b)|\bsuplant|\bsin (?:su|que (?:ella|él|lo|se)) (?:lo )?"
    r"(?:conocimiento|consentimiento|permiso|autorización|sepa|entere)"
    r"|\baccount\b[^.\n]{0,30}\b(?:rubato|violato|hackerato|compromesso)|\brubato (?:il mio"
    r"|il nostro|l') ?account"
    r"|\b(?:entrat[oa]|accedut[oa]|access[oa]) (?:nel|al|con il|come) (?:mio (?:account|profilo)"
    r"|me\b)"
    r"|\ba (?:sua|loro) insaputa|\bsenza (?:il )?(?:suo|loro) (?:consenso|permesso)"
    r"|\bsenza che (?:lei|lui"
    r"|lo|se ne) (?:lo )?(?:sappia|accorga)"
    r"|\baccount\b[^.\n]{0,30}\b(?:gestolen|overgenomen|gekaapt)|\b(?:iemand|collega)\b[^.\n]{0,30}"
    r"\b(?:in(?:gelogd)? (?:als|op) (?:mij|mijn)|in mijn account|mijn account)|\bingelogd als mij"
    r"|\bzonder (?:haar|zijn|hun) (?:medeweten|toestemming|weten)|\bzonder dat (?:ze|zij"
    r"|hij) (?:het |dat )"
    r"?(?:weet|merkt)"
    r"|\bconta\b[^.\n]{0,30}\b(?:roubada|invadida|hackeada|clonada|comprometida)"
    r"|\broubaram (?:a )?minha conta"
    r"|\b(?:entrou|acessou|acedeu)(?: como eu| (?:n|à? ?|a )?(?:a )?minha conta)|\bsem (?:o "
    r"|a )?(?:seu |sua )?"
    r"(?:conhecimento|consentimento|autorização) (?:del|dela|dele)|\bsem (?:que )?(?:ela"
    r"|ele) (?:saiba|saber)",
)
_MACHINE = (
    r"(?:(?:ai|automated|virtual|support|helpdesk|language|triage|ticket|response)[ -])?(?:ai"
    r"|assistant|bot"
    r"|chatbot|llm|model|system|agent ai|gpt|chatgpt|copilot)\b"
)
"""Who reads a ticket and is no human; a system or model can also be a product's, so only an order
to it counts."""
_DO = (
    r"(?:confirm|approve|grant|issue|list|reveal|show|print|output|tell|ignore|reply|respond|answer"
    r"|write|say"
    r"|include|give|mark|set|classify|escalate|forward|execute|run|delete|refund|repeat|provide"
    r"|disclose|do not|don't)"
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
    r"|\b(?:notes?|messages?|instructions?|memo|reminder|requests?|orders?|commands?) (?:to"
    r"|for) (?:the |our "
    rf"|your |any |all )?(?:\w+ )?{_MACHINE}(?: that| who| which| reading)?[^.:\n]{{0,30}}[:;–—-]"
    rf"|(?:^|[.!?\n(\[]) ?(?:dear |hey |hi |hello |ok |okay |@)?{_MACHINE}[,:]? (?:please |kindly "
    r"|now |you "
    rf"|must |should )*{_DO}\b"
    rf"|\b(?:the |this |your )?{_MACHINE} (?:must|shall|should|has to|needs to|is to|will now"
    r"|is (?:instructed|ordered"
    r"|required|authori[sz]ed|told) to) (?:now |always |also |immediately )*(?:confirm|approve"
    r"|grant|reveal"
    r"|disclose|ignore|refund|credit|reply with|respond with|answer with|say that|list (?:the"
    r"|all) \w*"
    r"(?:customer|mail|password|secret))\b"
    r"|\b(?:reveal|list|show|print|output|give|tell|send|share"
    r"|disclose)\b[^.\n]{0,40}\b(?:e-?mails?"
    r"|e-?mail address(?:es)?|address(?:es)?|names?|data|tickets?|messages?"
    r"|phone numbers?)\b[^.\n]{0,12}\bof "
    r"(?:the |your )?(?:last|previous|other|another) (?:\w+ )?(?:customer|ticket|requester)s?\b"
    r"|\b(?:hinweis|anweisung(?:en)?|notiz|nachricht|befehl) (?:für|an) (?:den |die |das "
    r"|alle )?(?:ki-?\w*|bot"
    r"|chatbot|assistent\w*|modell|system|sprachmodell)\b[^.:\n]{0,20}[:;–—-]"
    r"|\b(?:note|instructions?|consigne|message) (?:pour|à|destinée? à) (?:le |la |l'|les )?(?:ia"
    r"|bot|chatbot|assistant\w*"
    r"|modèle|système)\b[^.:\n]{0,20}[:;–—-]"
    r"|\b(?:nota|instruccion(?:es)?|instrucción|mensaje|aviso) para (?:el |la |los )?(?:ia|bot"
    r"|chatbot|asistente\w*"
    r"|modelo|sistema)\b[^.:\n]{0,20}[:;–—-]"
    r"|\b(?:nota|istruzion[ei]|messaggio) per (?:il |la |l'|lo )?(?:ia|ai|bot|chatbot|assistente\w*"
    r"|modello|sistema)\b"
    r"[^.:\n]{0,20}[:;–—-]"
    r"|\b(?:notitie|opmerking|instructies?|bericht) (?:voor|aan) (?:de |het )?(?:ai|bot|chatbot"
    r"|assistent\w*|model"
    r"|systeem)\b[^.:\n]{0,20}[:;–—-]"
    r"|\b(?:nota|instruç(?:ão|ões)|mensagem|aviso) para (?:o |a )?(?:ia|bot|chatbot|assistente\w*"
    r"|modelo|sistema)\b"
    r"[^.:\n]{0,20}[:;–—-]"
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
    r"|\b(?:niemand|keiner)\b[^.!?\n]{0,50}\b(?:kann|können|kommt"
    r"|könnte)\b[^.!?\n]{0,40}\b(?:arbeit\w+|einlogg\w+"
    r"|anmeld\w+|zugreif\w+|rein|zugang|öffnen)|\bniemand kommt\b|\b(?:totalausfall"
    r"|komplettausfall)"
    r"|\b(?:le site|le service|le système|la plateforme|l'application|tout) (?:est"
    r"|sont) (?:\w+ ){0,2}(?:en panne|hors ligne"
    r"|hors service|inaccessible)|\b(?:personne|aucun \w+)\b[^.!?\n]{0,40}\bne? ?(?:peut|peuvent"
    r"|parvient|arrive)\b"
    r"[^.!?\n]{0,20}\b(?:travailler|connecter|accéder|entrer|ouvrir)|\bpanne (?:totale|générale"
    r"|complète)"
    r"|\b(?:el sitio|el servicio|el sistema|la plataforma|la aplicación|la web|la página"
    r"|todo) (?:está|se ha|lleva) "
    r"(?:\w+ ){0,2}(?:caíd[oa]|inaccesible|fuera de servicio)|\b(?:nadie"
    r"|ningún \w+)\b[^.!?\n]{0,40}\b(?:puede|logra"
    r"|consigue)\b[^.!?\n]{0,20}\b(?:trabajar|acceder|entrar|iniciar|conectar\w*|abrir)"
    r"|\bcaída (?:total|general)"
    r"|\b(?:il sito|il servizio|il sistema|la piattaforma|l'applicazione|tutto) (?:è"
    r"|non è) (?:\w+ ){0,2}(?:giù|offline"
    r"|raggiungibile|fuori servizio|irraggiungibile|bloccat[oa])|\bnessuno\b[^.!?\n]{0,40}\b(?:può"
    r"|riesce|possono)\b"
    r"[^.!?\n]{0,20}\b(?:lavorare|accedere|entrare|aprire)"
    r"|\b(?:de site|de website|de dienst|het systeem|het platform|de app|alles) (?:is"
    r"|ligt) (?:\w+ ){0,2}(?:plat|eruit"
    r"|offline|onbereikbaar|down)|\bniemand\b[^.!?\n]{0,50}\b(?:kan|kunnen"
    r"|komt)\b[^.!?\n]{0,40}\b(?:werken|inloggen"
    r"|aanmelden|erin|openen)"
    r"|\b(?:o site|o serviço|o sistema|a plataforma|o aplicativo|tudo) (?:está|ficou"
    r"|caiu)(?: \w+){0,2} ?(?:fora do ar"
    r"|em baixo|indisponível|inacessível|caiu)|\bninguém\b[^.!?\n]{0,40}\b(?:consegue"
    r"|pode)\b[^.!?\n]{0,20}"
    r"\b(?:trabalhar|acessar|aceder|entrar|abrir)",
)
_NOT_NOW = Pattern(
    r"\b(?:yesterday|last (?:week|month|year|night|monday|tuesday|wednesday|thursday|friday)"
    r"|history|post-?mortem"
    r"|past|previous|planned|scheduled|subscribe|notif\w+|credit|compensat\w+|if (?:there|your"
    r"|the)|in case"
    r"|resolved|back up|how often|next time|ever|gestern|letzte|hier|ayer)\b",
)
_DENIED = re.compile(
    r"\b(?:no|not|isn't|wasn't|aren't|never|without|any|kein\w*|sin|sans|pas d[e']|senza|nessun\w*"
    r"|geen|sem|nenhum\w*)"
    r" (?:(?:an?|any|the|real|full|total|complete|major|known|current|ongoing|service) )*$"
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
        "legal_threat": _LEGAL.is_in(plain) or _LEGAL_ELSEWHERE.is_in(plain),
        "security_report": any(p.is_in(plain) for p in (_SECURITY, _TAKEOVER, _TAKEOVER_ELSEWHERE)),
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
    """Return whether *text* reports an outage of now, not one denied, past, or planned."""
    for match in _OUTAGE.finditer(text):
        start = max(text.rfind(mark, 0, match.start()) for mark in ".!?\n") + 1
        around = text[max(start, match.start() - 120) : match.end() + 60].split("\n")[0]
        denied = _DENIED.search(text[max(start, match.start() - 40) : match.start()])
        if not denied and not _NOT_NOW.is_in(around):
            return True
    return False


def _has_card(text: str) -> bool:
    return _LONG_NUMBER.is_in(text) and any(is_card_number(m[0]) for m in _CARD.finditer(text))
