"""Browser contexts that several people have, one after the other: the hundred files of a page that the first one loaded
are there for the next. What a person leaves behind is cleared away in between. A test that does more with a context
than look through its tabs has it for itself, and nobody has it afterwards.
"""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

PATIENCE = 30_000  # ms; a busy machine is no fault of the page

# Whether a policy was violated is the browser's to say; its own words go to the console, where they are minded.
POLICE = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI}`));"""


class Contexts:
    """The contexts of one browser that people have now, and those that wait for the next with the same options."""

    def __init__(self, browser: Browser, home: str) -> None:
        """`home` is the address of the server whose pages are looked at."""
        self._browser, self._home = browser, home
        self._lent: dict[BrowserContext, str] = {}
        self._free: dict[str, list[BrowserContext]] = {}
        self._used: set[BrowserContext] = set()

    def lend(self, **options: Any) -> BrowserContext:
        """A context with these options of Playwright's, without a tab."""
        wanted = json.dumps(options, sort_keys=True)
        waiting = self._free.get(wanted)
        context = waiting.pop() if waiting else self._make(options)
        self._lent[context] = wanted
        return context

    def _make(self, options: dict[str, Any]) -> BrowserContext:
        context = self._browser.new_context(**options)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(POLICE)
        return context

    def clear(self, page: Page) -> None:
        """Take out what somebody left behind. `page` is the context's first tab: those that were there before have
        written what a page writes when it closes."""
        if page.context in self._used:
            page.context.clear_cookies()
            devtools = page.context.new_cdp_session(page)
            devtools.send("Storage.clearDataForOrigin", {"origin": self._home, "storageTypes": "all"})
            devtools.detach()

    def retire(self, context: BrowserContext) -> None:
        """Nobody has it after whoever has it now."""
        self._lent.pop(context, None)

    def take_back(self, context: BrowserContext) -> None:
        """Close its tabs; it waits for the next, unless it is retired."""
        wanted = self._lent.pop(context, None)
        if wanted is None:
            context.close()
            return
        for page in context.pages:
            page.close()
        self._used.add(context)
        self._free.setdefault(wanted, []).append(context)
