"""
What a call to the LLM server of our tests was, and what it gets.

`Say` names what the server does with a request for a completion (`Call`): it sends an answer or a
fault, as the body, status and headers of a `Reply`, and how much of that is sent.
"""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, AnyStr, Literal, get_args
from uuid import uuid4

from tests.support.llm_answers import Json, fill
from tests.support.llm_knows import known, known_pointing, known_triage
from tests.support.llm_lies import lying_pointing, lying_prose
from tests.support.llm_obeys import obeyed_pointing, obeyed_prose, obeyed_triage, order_in
from tests.support.llm_points import QUESTIONS, points

Dialect = Literal["openai", "plain"]
Shape = Literal["text", "json_object", "json_schema"]
DIALECTS: tuple[Dialect, ...] = get_args(Dialect)
SHAPES: tuple[Shape, ...] = get_args(Shape)
"""What a `response_format` can ask for, poorest first."""
_SCHEMA = re.compile(r"^<schema>[ \t]*\n(.*?)\n</schema>[ \t]*$", re.DOTALL | re.MULTILINE)
_USAGE = {"prompt_tokens": 700, "completion_tokens": 50, "total_tokens": 750}
_HTML = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


@dataclass
class Call:
    """A request for a completion, as it was sent."""

    body: Json
    headers: dict[str, str]
    """By lower-cased name."""
    at: float
    """When it came, in seconds of the monotonic clock."""
    path: str = ""
    """Path and query."""
    answered: bool = False
    """Whether the reply, an error's included, was written whole."""

    @property
    def shape(self) -> str:
        """Return the type of `response_format`, one of SHAPES if the client is right."""
        return str((self.body.get("response_format") or {}).get("type", "text"))

    @property
    def schema_name(self) -> str | None:
        """Return the name in `response_format`, else the title of the schema in the messages."""
        given = self._format.get("name") or self.schema.get("title")
        return None if given is None else str(given)

    @property
    def schema(self) -> Json:
        """Return the schema of `response_format`, else the messages' last one, else {}."""
        if "schema" in self._format:
            return dict(self._format["schema"])
        written = [found for text in self._texts() for found in _SCHEMA.findall(text)]
        return dict(json.loads(written[-1])) if written else {}

    @property
    def given(self) -> Json:
        """
        Return the last user message that is a JSON object, or ends with a line that is one.

        `lines` is then what stands before it; {} if there is no such message.
        """
        for text in reversed(self._texts("user")):
            before, _, last = text.rpartition("\n")
            for written, lines in ((text, ""), (last, before)):
                with contextlib.suppress(ValueError):
                    if isinstance(value := json.loads(written), dict):
                        return {"lines": lines, **value} if lines else value
        return {}

    @property
    def instructions(self) -> str:
        """Return the first message, which says what the model has to do."""
        return self._texts()[0]

    def characters(self) -> int:
        """Return how many characters the messages have."""
        return sum(map(len, self._texts()))

    def tokens(self) -> int:
        """Return what a valid answer takes, question included; four characters are a token."""
        return self.characters() // 4 + len(_filled(self)) // 4

    @property
    def _format(self) -> Json:
        return (self.body.get("response_format") or {}).get("json_schema") or {}

    def _texts(self, role: str = "") -> list[str]:
        contents = [
            message.get("content") or ""
            for message in self.body["messages"]
            if not role or message.get("role") == role
        ]
        return [
            c if isinstance(c, str) else "".join(p.get("text", "") for p in c) for c in contents
        ]


@dataclass(frozen=True)
class Reply:
    """What is sent: a body, and its status and headers."""

    body: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


@dataclass(frozen=True)
class Say:
    """What a call gets. Each static method makes one; `POST /control` knows them by name."""

    reply: Callable[[Call, Dialect], Reply]
    sent: Literal["whole", "half", "headers", "nothing", "blanks"] = "whole"
    seconds: float = 0.0
    """How long it takes, beside what all calls take."""

    @staticmethod
    def answer() -> Say:
        """Answer with what is valid for the schema asked for."""
        return Say(lambda call, _: _completion(call, _filled(call)))

    @staticmethod
    def answer_with(content: str | Json) -> Say:
        """Answer with *content*; a dict is sent as JSON."""
        text = content if isinstance(content, str) else json.dumps(content)
        return Say(lambda call, _: _completion(call, text))

    @staticmethod
    def points(how: str) -> Say:
        """Point at lines in the way *how* (`llm_points.WAYS`); answer other questions well."""
        return Say(lambda call, _: _completion(call, _pointing(call, how)))

    @staticmethod
    def points_of_another() -> Say:
        """Point at the lines that answer the ticket before; at the first one's honestly."""
        tickets: list[tuple[Json, Json]] = []

        def reply(call: Call) -> str:
            right = json.loads(_filled(call))
            if not _asks_to_point(call):
                return json.dumps(right)
            if not tickets or call.given != tickets[-1][0]:
                tickets.append((call.given, right))
            _, said = tickets[-2:][0]
            asked = call.given.get("questions") or {}
            return json.dumps({q: said["Q1"] if q in asked else None for q in QUESTIONS})

        return Say(lambda call, _: _completion(call, reply(call)))

    @staticmethod
    def knows(rights: Sequence[Json]) -> Say:
        """Point at what is right for a ticket (`llm_knows.py`); answer the others well."""
        return Say(lambda call, _: _completion(call, json.dumps(_knowing(call, rights))))

    @staticmethod
    def lies() -> Say:
        """Write wrong amounts and promises, or point at lines that answer nothing."""
        return Say(lambda call, _: _completion(call, json.dumps(_lying(call))))

    @staticmethod
    def obeys(orders: Sequence[str] = (), way: str = "") -> Say:
        """Do what of *orders* the ticket has, in a way of `llm_obeys.py`; by default it varies."""
        return Say(lambda call, _: _completion(call, json.dumps(_obeying(call, orders, way))))

    @staticmethod
    def answer_within(around: str) -> Say:
        """Answer with what is valid, put where *around* has its `{}`."""
        return Say(lambda call, _: _completion(call, around.replace("{}", _filled(call))))

    @staticmethod
    def message(message: Json, finish: str = "stop") -> Say:
        """Answer with *message* as it is; `{}` in its strings becomes what is valid."""
        return Say(lambda call, _: _message_of(call, message, finish))

    @staticmethod
    def answer_with_usage(usage: Json) -> Say:
        """Answer with what is valid, and say that it took *usage*."""
        return Say(lambda call, _: _with_usage(call, usage))

    @staticmethod
    def wait(seconds: float, then: Say | None = None) -> Say:
        """Do *then* (an answer) after *seconds*."""
        then = then or Say.answer()
        return replace(then, seconds=then.seconds + seconds)

    @staticmethod
    def stall(headers: bool = False) -> Say:
        """Send nothing, or nothing but headers, until the client goes away."""
        return replace(Say.answer(), sent="headers" if headers else "nothing")

    @staticmethod
    def disconnect() -> Say:
        """Send half of an answer, then close the connection."""
        return replace(Say.answer(), sent="half")

    @staticmethod
    def stream_of_whitespace() -> Say:
        """Send a body of blanks without end, so that no read of it ever times out."""
        return replace(Say.answer(), sent="blanks")

    @staticmethod
    def nonsense() -> Say:
        """Answer in prose."""
        return Say.answer_with("Certainly! The customer seems to have a problem with their bill.")

    @staticmethod
    def broken_json() -> Say:
        """Answer with half of the JSON, as if that were all of it."""
        return Say(lambda call, _: _completion(call, half(_filled(call))))

    @staticmethod
    def outside_enumeration() -> Say:
        """Answer with values that the schema's enumerations, if it has any, do not have."""
        return Say(lambda call, _: _completion(call, _filled(call, outside=True)))

    @staticmethod
    def cut_off() -> Say:
        """Answer with half of the JSON because the tokens are used up."""
        return Say(lambda call, _: _completion(call, half(_filled(call)), finish="length"))

    @staticmethod
    def refusal() -> Say:
        """Answer with a refusal and no content."""
        why = "I'm sorry, I can't help with that request."
        return Say(lambda call, _: _completion(call, None, refusal=why))

    @staticmethod
    def content_filter() -> Say:
        """Answer with nothing because a filter stopped it."""
        return Say(lambda call, _: _completion(call, None, finish="content_filter"))

    @staticmethod
    def empty_choices() -> Say:
        """Answer without a choice."""
        return Say(lambda call, _: _completion(call, None, choices=0))

    @staticmethod
    def no_choices(status: int = 200) -> Say:
        """Answer with a usage of 700 tokens in and 50 out, and without an answer."""
        return Say.status(status, {"id": "x", "object": "chat.completion", "usage": _USAGE})

    @staticmethod
    def disconnect_after_usage() -> Say:
        """Send the same usage and the beginning of an answer, then close the connection."""
        body: Json = {"id": "x", "usage": _USAGE, "choices": [{"message": {"content": "x" * 999}}]}
        return replace(Say.status(200, body), sent="half")

    @staticmethod
    def not_json_body(content_type: str = "application/json") -> Say:
        """Send a body that is not JSON, whatever *content_type* says, with status 200."""
        return Say(lambda *_: Reply("upstream connected\n", content_type=content_type))

    @staticmethod
    def html_error() -> Say:
        """Fail as a proxy does whose upstream is away: 502 and a page."""
        return Say(lambda *_: Reply(_HTML, 502, content_type="text/html"))

    @staticmethod
    def status(code: int, body: str | Json | None = None) -> Say:
        """Fail with *code* and *body*, by default an error in the server's dialect."""
        if body is None:
            kind = "server_error" if code >= 500 else "invalid_request_error"
            return Say(lambda _, dialect: error_reply(dialect, code, "Not this time.", kind=kind))
        return Say(lambda *_: Reply(body if isinstance(body, str) else json.dumps(body), code))

    @staticmethod
    def rate_limited(retry_after: float | str | None = None) -> Say:
        """Fail with 429; *retry_after* is in seconds or an HTTP date."""
        said = f"{retry_after:g}" if isinstance(retry_after, int | float) else retry_after
        reply = error_reply(
            "openai", 429, "Rate limit reached.", kind="requests", code="rate_limit_exceeded"
        )
        return Say(lambda *_: replace(reply, headers={"Retry-After": said} if said else {}))

    @staticmethod
    def quota_exceeded() -> Say:
        """Fail with the 429 of an account that has no money left."""
        code = "insufficient_quota"
        return Say(
            lambda *_: error_reply(
                "openai", 429, "You exceeded your current quota.", kind=code, code=code
            )
        )

    @staticmethod
    def unauthorized() -> Say:
        """Fail with 401 and, as OpenAI does, show the key's ends in the message."""
        return Say(lambda call, _: unauthorized_reply(call.headers.get("authorization", "")))

    @staticmethod
    def too_long() -> Say:
        """Fail with 400 because the messages have more tokens than the model takes."""
        message = (
            "This model's maximum context length is 8192 tokens. However, your messages resulted"
            " in 9000 tokens. Please reduce the length of the messages."
        )
        code = "context_length_exceeded"
        return Say(
            lambda _, dialect: error_reply(dialect, 400, message, code=code, param="messages")
        )

    @staticmethod
    def named(kind: str, **given: Any) -> Say:
        """
        Return what the static method *kind* makes of *given*; `then` is itself {"kind": ...}.

        Raises:
            ValueError: There is no such kind, or it does not take *given*.
        """
        kinds = [n for n, m in vars(Say).items() if isinstance(m, staticmethod) and n != "named"]
        if kind not in kinds:
            raise ValueError(f"kind: use one of {', '.join(kinds)}")
        if "then" in given:
            given["then"] = Say.named(**given["then"])
        try:
            made: Say = getattr(Say, kind)(**given)
        except TypeError as error:
            raise ValueError(str(error)) from error
        return made


def _completion(
    call: Call,
    content: str | None,
    *,
    finish: str = "stop",
    refusal: str | None = None,
    choices: int = 1,
) -> Reply:
    """Return the body of a completion; four characters count as a token."""
    asked, answered = call.characters() // 4, len(content or refusal or "") // 4
    message = {"role": "assistant", "content": content, "refusal": refusal}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
    return Reply(
        json.dumps(
            {
                "id": f"chatcmpl-{uuid4().hex}",
                "object": "chat.completion",
                "created": int(time.time()),
                "model": call.body.get("model"),
                "choices": [choice] * choices,
                "usage": {
                    "prompt_tokens": asked,
                    "completion_tokens": answered,
                    "total_tokens": asked + answered,
                },
            }
        )
    )


def _with_usage(call: Call, usage: Json) -> Reply:
    return Reply(json.dumps(json.loads(_completion(call, _filled(call)).body) | {"usage": usage}))


def _message_of(call: Call, message: Json, finish: str) -> Reply:
    """Return a completion of *message*, whose strings have what is valid in the place of `{}`."""
    answer = json.dumps(_filled(call))[1:-1]
    filled = json.loads(json.dumps(message).replace("{}", answer))
    reply = json.loads(_completion(call, "").body)
    reply["choices"][0] |= {"message": {"role": "assistant", **filled}, "finish_reason": finish}
    return Reply(json.dumps(reply))


def _asks_to_point(call: Call) -> bool:
    return QUESTIONS[0] in (call.schema.get("properties") or {})


def _pointing(call: Call, how: str) -> str:
    return json.dumps(points(call.given, how)) if _asks_to_point(call) else _filled(call)


def _knowing(call: Call, rights: Sequence[Json]) -> Json:
    said: Json = json.loads(_filled(call))
    if not (right := known(call.given, rights)):
        return said
    if _asks_to_point(call):
        return known_pointing(call.given, right)
    kinds = call.schema["properties"].get("kind_of_problem", {}).get("enum")
    return known_triage(said, right, kinds) if kinds else said


def _lying(call: Call) -> Json:
    if _asks_to_point(call):
        return lying_pointing(call.given)
    right: Json = json.loads(_filled(call))
    return lying_prose(right, call.given) if "body" in right else right


def _obeying(call: Call, orders: Sequence[str], way: str) -> Json:
    order = order_in(call.given, orders)
    if _asks_to_point(call):
        return obeyed_pointing(call.given, order, way)
    right: Json = json.loads(_filled(call))
    if "body" in right:
        return obeyed_prose(right, call.given, order, instructions=call.instructions, way=way)
    return obeyed_triage(right, order, call.schema["properties"]["kind_of_problem"]["enum"])


def _filled(call: Call, *, outside: bool = False) -> str:
    return json.dumps(fill(call.schema, call.given, outside=outside))


def half(whole: AnyStr) -> AnyStr:
    """Return the first half of *whole*, which is then no JSON."""
    return whole[: len(whole) // 2]


def error_reply(
    dialect: Dialect,
    status: int,
    message: str,
    *,
    kind: str = "invalid_request_error",
    code: str | None = None,
    param: str | None = None,
) -> Reply:
    """Return an error as OpenAI words it, or flat and without telling codes, as vLLM does."""
    if dialect == "openai":
        told: Json = {"error": {"message": message, "type": kind, "param": param, "code": code}}
    else:
        told = {
            "object": "error",
            "message": message,
            "type": "BadRequestError" if status < 500 else "InternalServerError",
            "param": None,
            "code": status,
        }
    return Reply(json.dumps(told), status)


def unauthorized_reply(authorization: str) -> Reply:
    """Return OpenAI's 401 for the value of the header."""
    key = authorization.removeprefix("Bearer ")
    message = f"Incorrect API key provided: {key[:3]}***{key[-2:]}."
    return error_reply("openai", 401, message, code="invalid_api_key")
