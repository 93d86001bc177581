"""HTML: one page that needs nothing else, for people without a terminal.

Every text goes through jinja2's autoescape; there is no script and nothing is fetched, so the page
can be mailed or kept as evidence. It reads in light and dark, and prints.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from baseline.document import Code, Document, Folded, Heading, Items, Table, Text
from baseline.words import printable

_PAGE = """\
{%- macro show(block) -%}
{%- set kind = kind_of(block) -%}
{%- if kind == "text" -%}
<p>{{ clean(block.text) }}</p>
{%- elif kind == "heading" -%}
<h2>{{ clean(block.text) }}</h2>
{%- elif kind == "items" -%}
<ul class="items">
{%- for head, below in block.items %}
{%- set tone = block.tones[loop.index0] if block.tones else "" %}
<li{% if tone %} class="{{ tone }}"{% endif %}>
<strong>{{ clean(head) }}</strong>
{%- if below %}
<ul>
{%- for line in below %}
<li>{{ clean(line) }}</li>
{%- endfor %}
</ul>
{%- endif %}
</li>
{%- endfor %}
</ul>
{%- elif kind == "table" -%}
<table>
<thead>
<tr>{% for name in block.columns %}<th scope="col">{{ clean(name) }}</th>{% endfor %}</tr>
</thead>
<tbody>
{%- for row in block.rows %}
<tr>{% for cell in row %}<td{% if block.numeric[loop.index0] %} class="number"{% endif %}>\
{{ number(cell) }}</td>{% endfor %}</tr>
{%- endfor %}
</tbody>
</table>
{%- elif kind == "code" -%}
<pre><code>{{ lines(block.text) }}</code></pre>
{%- elif kind == "folded" -%}
<details><summary>{{ clean(block.title) }}</summary>
{%- for one in block.blocks %}
{{ show(one) }}
{%- endfor %}
</details>
{%- endif -%}
{%- endmacro -%}
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{ clean(document.title) }}</title>
<style>
:root { color-scheme: light dark; --line: #8886; }
:root { --bad: #b3261e; --doubtful: #8a5a00; --good: #1b6e3c; }
@media (prefers-color-scheme: dark) {
  :root { --bad: #ff8a80; --doubtful: #ffc46b; --good: #7ddc9f; }
}
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
ul.items { list-style: none; padding: 0; }
ul.items > li { border-left: .25rem solid var(--line); padding-left: .75rem; margin: 1rem 0; }
ul.items > li.bad { border-color: var(--bad); } li.bad > strong { color: var(--bad); }
ul.items > li.doubtful { border-color: var(--doubtful); }
li.doubtful > strong { color: var(--doubtful); }
ul.items > li.good { border-color: var(--good); } li.good > strong { color: var(--good); }
li li, pre { font-family: ui-monospace, monospace; font-size: .875rem; overflow-wrap: anywhere; }
pre { overflow-x: auto; border: 1px solid var(--line); padding: .75rem; }
summary { cursor: pointer; font-weight: 600; margin: 1.5rem 0 .5rem; }
</style>
</head>
<body>
<main>
<h1>{{ clean(document.title) }}</h1>
{%- for block in document.blocks %}
{{ show(block) }}
{%- endfor %}
</main>
</body>
</html>
"""

_KINDS = {
    Text: "text",
    Heading: "heading",
    Items: "items",
    Table: "table",
    Code: "code",
    Folded: "folded",
}


def write(document: Document) -> str:
    """A whole page."""
    return str(_template().render(document=document)) + "\n"


@cache
def _template() -> Any:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined)
    environment.globals.update(
        kind_of=lambda block: _KINDS[type(block)], clean=printable, number=_number, lines=_lines
    )
    return environment.from_string(_PAGE)


def _number(cell: str | int) -> str:
    return f"{cell:,}" if isinstance(cell, int) else printable(cell)


def _lines(text: str) -> str:
    return "\n".join(printable(line) for line in text.splitlines())
