"""A corpus of what people with bad intentions write, and how a browser would read what became of it."""

from __future__ import annotations

from html.parser import HTMLParser

from hubbub.render.wall import ATTRIBUTES, CLASSES, TAGS

# What costs much when there is much of it.
PIECES = ["*a ", "_a ", "**a", "***a**b*", "*a_b*c_", "**_**", "`", "``a`", "a`", "[", "![", "](", "[a](", "[[[[](", "[]()",
    "_", "*", "\\", "\\*", "\\\n", "http://", "http://a.b ", "www.", "a@", "a@b.", "a.b", "a.b ", "://", "//a.", "mailto:",
    "x" * 50 + "@", "a.a.a.a.", "((((http://a.b", "<", "&", "<http://a.b>", "<a@b.c>", "\n", "a\n", "  \n", "\t", " ",
    "```\n", "```a ", "```py\n", "~~~\n", "*_", "*_~|[`", "ﷺ*", "||", "||a||", "||a", "|", "|a", "|\n", "a|b\n", "-|-\n",
    "| a | b |\n|---|---|\n", "| - |\n", "> ", "> a\n", ">", "- ", "- a\n", "-\n", " - a\n", "* a\n", "1. a\n", "1)",
    "- [ ] a\n", "\t- a\n", "> - ", "- > ", "- - ", "~", "~~", "~~a", "~~a~~", "a~~b||c", ":", ":a:", ":smile:", ":smile: ",
    "[a](http://b.c) ", "![a](http://b) ", "[a]: http://b\n", "a*b_c", '"', "👍", "👍 ", "😄\n", "(", "\u202e", "\u200b*",
    "\0"]  # fmt: skip

# What would run, or leave the page's frame, if it came out as markup.
VECTORS = ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "<svg><script>alert(1)",
    "</p></div><iframe src=javascript:alert(1)>", "<a href=javascript:alert(1)>x</a>", "javascript:alert(1)",
    "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "java\nscript:alert(1)", "\x01javascript:alert(1)", " javascript:alert(1)",
    "javascript&colon;alert(1)", "&#106;avascript:alert(1)", "&#x6A;avascript:alert(1)", "javascript://x.org/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>", "data:image/svg+xml;base64,PHN2Zz4=", "vbscript:x", "file:///etc/passwd",
    "//evil.example/", "/accounts/sign-out/", "http://x.org/\"onmouseover=\"alert(1)", "http://x.org/'onclick='alert(1)",
    "http://x.org/<script>", "\" onmouseover=alert(1) x=\"", "' autofocus onfocus=alert(1) '", "<style>*{display:none}</style>",
    "<p style=position:fixed>", "<form action=//evil.example><input name=csrfmiddlewaretoken>", "<input autofocus onfocus=alert(1)>",
    "<base href=//evil.example>", "<meta http-equiv=refresh content=0>", "<link rel=stylesheet href=//evil.example>",
    "<object data=javascript:alert(1)>", "<math><mi//xlink:href=\"data:x,<script>alert(1)</script>\">", "<!--", "--><script>x",
    "<![CDATA[<script>alert(1)</script>]]>", "<?xml version=1?>", "<template><script>x</script></template>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "<textarea><script>x", "<xmp><script>x</script>",
    "＜script＞alert(1)＜/script＞", "<scr\0ipt>alert(1)</scr\0ipt>", "<\u2028script>", "\ufeff<script>x", "+ADw-script+AD4-",
    "<details open ontoggle=alert(1)>", "<span class=\"message__head\" id=\"chat-log\">", "<label for=chat-message-input>",
    "{{ constructor.constructor('alert(1)')() }}", "${alert(1)}", "<a href=\"http://x\" target=_self rel=opener>x</a>",
    "<input type=image src=//evil.example>", "<input type=\"text\" class=\"composer__input\">"]  # fmt: skip


class Reader(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.deepest = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("br", "input"):
            self.open.append(tag)
            self.deepest = max(self.deepest, len(self.open))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"a second end of {tag}"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a comment")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError("a declaration")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError("a declaration")

    def handle_pi(self, data: str) -> None:
        raise AssertionError("an instruction")


def seen_by_a_browser(html: str) -> None:
    """Fails when `html` has anything that Hubbub does not promise: tags, attributes, classes, where links lead."""
    read = Reader(html)
    assert not read.open, read.open
    for tag, attributes in read.tags:
        assert tag in TAGS, tag
        _check(tag, attributes)


def _check(tag: str, attributes: dict[str, str | None]) -> None:
    allowed = ATTRIBUTES.get(tag, set()) | {"class"} | ({"tabindex"} if tag in ("pre", "div") else set())
    assert set(attributes) <= allowed, attributes
    assert set((attributes.get("class") or "").split()) <= CLASSES.get(tag, set()), attributes
    assert attributes.get("tabindex") in (None, "0")
    if tag == "a":
        assert (attributes.get("href") or "http://").lower().startswith(("http://", "https://", "mailto:")), attributes
        assert attributes["rel"] == "nofollow noopener noreferrer ugc"
        assert attributes["target"] == "_blank"
    if tag == "input":
        assert attributes["type"] == "checkbox"
