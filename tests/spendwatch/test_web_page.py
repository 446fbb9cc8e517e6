"""The page: served whole from files of our own, which name no other host and escape all names."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.money import dollars
from spendwatch.web.pages import static
from tests.spendwatch.web_kit import running

STATIC = Path(str(files("spendwatch.web"))) / "static"
SCRIPTS = sorted(name for name in static() if name.endswith(".js"))
MARKUP = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|srcdoc"
AMOUNTS = st.integers(-(2**63), 2**63 - 1)


class Links(HTMLParser):
    """Every address that a page asks for, and whether it holds scripts or styles of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found |= {given[name] or "" for name in ("src", "href") if name in given}
        self.inline += [name for name in given if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)


def links(text: str) -> Links:
    found = Links()
    found.feed(text)
    return found


async def test_the_page_and_all_it_asks_for_are_served(tmp_path: Path) -> None:
    async with running(tmp_path) as site:
        for path in ("/", "/incidents/inc_a"):
            async with site.client.get(path) as answered:
                assert answered.content_type == "text/html"
                text = await answered.text()
        for address in links(text).found - {"#incidents"}:
            assert address.startswith("/")
            async with site.client.get(address) as answered:
                assert answered.status == 200, address
        for name in SCRIPTS:
            for needed in re.findall(r'from "\./([^"]+)"', (STATIC / name).read_text()):
                assert needed in SCRIPTS


async def test_a_file_that_is_known_already_is_not_sent_again(tmp_path: Path) -> None:
    async with running(tmp_path) as site:
        async with site.client.get("/static/page.css") as answered:
            tag = answered.headers["ETag"]
        async with site.client.get("/static/page.css", headers={"If-None-Match": tag}) as again:
            assert (again.status, await again.read()) == (304, b"")


async def test_nothing_but_files_of_the_page_is_served(tmp_path: Path) -> None:
    async with running(tmp_path) as site:
        for name in ("page.html", "nope.js", "..%2Fsite.py", "%2e%2e/site.py", ".env"):
            assert (await site.get(f"/static/{name}", 404))["error"]["reason"] == "not_found"


def test_the_page_holds_no_script_or_style_of_its_own() -> None:
    assert links((STATIC / "page.html").read_text()).inline == []


@pytest.mark.parametrize("name", sorted(static()))
def test_no_file_names_another_host(name: str) -> None:
    text = (STATIC / name).read_text().replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|//[a-z0-9-]+\.[a-z]", text)


@pytest.mark.parametrize("name", SCRIPTS)
def test_what_comes_from_the_log_is_never_markup(name: str) -> None:
    assert not re.search(MARKUP, (STATIC / name).read_text())


def node(script: str, given: str) -> str:
    """What a script of modules prints; skips where there is nothing to run it."""
    if shutil.which("node") is None:
        pytest.skip("no node to run the page's scripts with")
    command = ["node", "--input-type=module", "-e", script]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=True)
    return done.stdout


READ = f"""
import {{ readFileSync }} from "fs";
import {{ dollars, parse }} from "{(STATIC / "money.js").as_uri()}";
const given = readFileSync(0, "utf8");
"""


@settings(max_examples=5, deadline=None)
@given(st.lists(AMOUNTS, min_size=500, max_size=2000))
def test_the_page_writes_dollars_as_every_place_does(amounts: list[int]) -> None:
    script = f"{READ}console.log(JSON.stringify(JSON.parse(given).map(dollars)));"
    said = json.loads(node(script, json.dumps([str(amount) for amount in amounts])))
    assert said == [dollars(amount) for amount in amounts]


def test_the_page_reads_money_without_loss_and_leaves_words_alone() -> None:
    told = {
        "cost_nano_usd": 9_007_199_254_740_993,
        "cap_nano_usd_per_hour": 9_007_199_254_740_995,
        "minutes": {"costs_nano_usd": [9_007_199_254_740_997, None, 0]},
        "note": 'they wrote "cost_nano_usd":12 and "costs_nano_usd":[1,2]',
        "tokens": 42,
    }
    said = json.loads(node(f"{READ}console.log(JSON.stringify(parse(given)));", json.dumps(told)))
    assert said == {
        **told,
        "cost_nano_usd": "9007199254740993",
        "cap_nano_usd_per_hour": "9007199254740995",
        "minutes": {"costs_nano_usd": ["9007199254740997", None, "0"]},
    }
