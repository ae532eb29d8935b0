# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The style sheet of the page: light and dark as the reader's system has it, narrow screens, paper.

One class per status sets its colours (`--tone`, `--tint`);
every other rule uses those, so a status is coloured in one;
place. Contrast is at least 4.5 to 1 for text in both schemes.
"""

STYLE = """
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --text: #1c2128; --soft: #57606a; --line: #d5dae1; --code: #f0f2f5;
  --link: #0757b5;
  --green: #14692e; --green-tint: #e3f4e7; --amber: #7d4e00; --amber-tint: #fdf1d3; --red: #b3151f;
  --red-tint: #fde8e8;
  --blue: #0b5394; --blue-tint: #e2eefb; --grey: #57606a; --grey-tint: #eceef1; --violet: #6a2fb0;
  --violet-tint: #f0e8fb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0e1217; --card: #171c23; --text: #e4e8ed; --soft: #a0a9b4; --line: #323a45; --code: #0e1217;
    --link: #79b8ff;
    --green: #5fd07b; --green-tint: #12301b; --amber: #f0bd4f; --amber-tint: #352808; --red: #ff8a84;
    --red-tint: #3d1518;
    --blue: #84bdff; --blue-tint: #13294a; --grey: #a0a9b4; --grey-tint: #262d36; --violet: #c9a3ff;
    --violet-tint: #2d1c47;
  }
}
.passed { --tone: var(--green); --tint: var(--green-tint); }
.warning { --tone: var(--amber); --tint: var(--amber-tint); }
.failed { --tone: var(--red); --tint: var(--red-tint); }
.unknown { --tone: var(--blue); --tint: var(--blue-tint); }
.skipped { --tone: var(--grey); --tint: var(--grey-tint); }
.crashed { --tone: var(--violet); --tint: var(--violet-tint); }

* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--text); overflow-wrap: anywhere;
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif;
}
body > * { max-width: 66rem; margin: 0 auto; padding: 0 1.5rem; }
h1, h2, h3 { line-height: 1.25; margin: 0; text-wrap: balance; }
h1 { font-size: 1.75rem; }
h2 { font-size: 1.2rem; margin-bottom: .75rem; }
h3 { font-size: 1rem; }
p { margin: 0 0 .6rem; }
p:last-child { margin-bottom: 0; }
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px; }
code, pre {
  font-family: ui-monospace, "Cascadia Mono", "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: .9em;
}
section { margin-top: 2.25rem; }
.soft { color: var(--soft); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.1rem 1.3rem; }
.card + .card { margin-top: .9rem; }
.state {
  display: inline-block; white-space: nowrap; padding: .1em .65em; border-radius: 1em; font-size: .85rem;
  font-weight: 600;
  color: var(--tone); background: var(--tint);
}

header { padding-top: 2.25rem; }
header .tool { color: var(--soft); margin-bottom: .35rem; }
header h1 { display: flex; flex-wrap: wrap; gap: .35rem .8rem; align-items: center; }
header .state { font-size: 1rem; }
header .summary { font-size: 1.15rem; margin: .9rem 0 .6rem; max-width: 54rem; }

.cause { border-left: 5px solid var(--tone); }
.cause .code { margin: .15rem 0 .75rem; color: var(--tone); font-weight: 600; }
.cause .who { font-weight: 600; }
pre.command {
  margin: .6rem 0; padding: .75rem .9rem; background: var(--code); border: 1px solid var(--line); border-radius: 6px;
  white-space: pre-wrap; user-select: all; -webkit-user-select: all;
}
pre.command span span { display: inline-block; max-width: 100%; }
pre.forward { font-family: inherit; font-size: .95em; }
.symptom {
  margin: 0 0 .8rem; padding: .75rem .9rem; background: var(--code); border-radius: 6px; white-space: pre-wrap;
}

.path {
  list-style: none; margin: 0; padding: 1.3rem .6rem 1rem; display: grid; grid-template-columns: repeat(9, 1fr);
}
.path li { position: relative; text-align: center; padding: 0 .25rem; font-size: .9rem; line-height: 1.35; }
.path li + li::before {
  content: ""; position: absolute; top: 1.2rem; left: calc(-50% + 1.4rem); right: calc(50% + 1.4rem);
  border-top: 3px solid var(--tone);
}
.path li.skipped + li::before, .path li.unknown + li::before, .path li + li.skipped::before,
.path li + li.unknown::before {
  border-top-style: dotted;
}
.path .dot {
  display: grid; place-items: center; width: 2.5rem; height: 2.5rem; margin: 0 auto .55rem; border-radius: 50%;
  border: 3px solid var(--tone); background: var(--tint); color: var(--tone); font-size: 1.15rem; font-weight: 700;
  line-height: 1;
}
.path .failed .dot, .path .crashed .dot { background: var(--tone); color: var(--card); }
.path a { display: block; font-weight: 600; color: inherit; text-decoration: none; }
.path a:hover { text-decoration: underline; }
.path span { display: block; }
.path .word { color: var(--tone); font-weight: 600; }
.path .mark {
  width: max-content; margin: .3rem auto 0; padding: .05em .6em; border-radius: 1em; background: var(--tone);
  color: var(--card);
  font-size: .78rem; font-weight: 700;
}
.legend { margin-top: .6rem; font-size: .85rem; }

table { width: 100%; border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: .5rem .6rem .5rem 0; border-bottom: 1px solid var(--line); }
thead th { white-space: nowrap; font-size: .85rem; color: var(--soft); }
tbody tr:last-child > * { border-bottom: 0; }
tbody th { font-weight: 400; white-space: nowrap; overflow-wrap: normal; }
tbody .asked th { font-weight: 700; }
.tag { font-size: .78rem; font-weight: 400; color: var(--soft); margin-left: .35rem; }

.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: .9rem; }
.facts .card + .card { margin-top: 0; }
.facts h3 { margin-bottom: .5rem; }
dl { margin: 0; display: grid; grid-template-columns: minmax(7rem, 12rem) 1fr; gap: .25rem 1rem; }
dl > div { display: contents; }
dt { color: var(--soft); }
dd { margin: 0; }
dd ol, dd ul { margin: 0; padding-left: 1.2rem; }
dd dl { display: flex; flex-wrap: wrap; gap: 0 1.2rem; }
dd dl > div { display: flex; gap: .4rem; max-width: 100%; }
dd dl dt { flex: none; max-width: 13rem; }
.facts dl { grid-template-columns: minmax(6rem, 9rem) 1fr; }

details { background: var(--card); border: 1px solid var(--line); border-left: 5px solid var(--tone); }
details + details { border-top: 0; }
details:first-of-type { border-top-right-radius: 10px; border-top-left-radius: 10px; }
details:last-of-type { border-bottom-right-radius: 10px; border-bottom-left-radius: 10px; }
summary {
  display: grid; grid-template-columns: 7.5rem 1fr minmax(8rem, max-content); gap: .1rem .9rem;
  align-items: baseline; padding: .6rem 1.1rem; cursor: pointer;
}
summary .state { justify-self: start; }
summary::-webkit-details-marker { display: none; }
summary:hover { background: var(--grey-tint); }
summary .said { grid-column: 2 / 4; color: var(--soft); font-size: .92rem; }
summary .time {
  text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; font-size: .9rem; color: var(--soft);
}
summary svg { vertical-align: middle; margin-left: .5rem; fill: var(--tone); }
.inside { padding: .2rem 1.1rem 1rem 9.5rem; font-size: .95rem; scroll-margin-top: 6rem; }
.inside > * + * { margin-top: .7rem; }
.inside h4 { margin-bottom: -.4rem; font-size: .85rem; color: var(--soft); }

footer { margin: 2.5rem auto 0; padding-bottom: 2.5rem; font-size: .9rem; color: var(--soft); }

@media screen and (max-width: 62rem) {
  .path { grid-template-columns: 1fr; padding: 1.1rem 1.2rem; gap: 1.1rem; }
  .path li {
    display: grid; grid-template-columns: 2.5rem 1fr auto; gap: 0 .8rem; align-items: center; text-align: left;
    padding: 0;
    min-height: 2.5rem; font-size: 1rem;
  }
  .path .dot { margin: 0; grid-row: 1 / 3; }
  .path a { grid-column: 2; grid-row: 1 / 3; }
  .path .word { grid-column: 3; grid-row: 1; text-align: right; }
  .path .took { grid-column: 3; grid-row: 2; font-size: .85rem; text-align: right; }
  .path .mark { grid-column: 2; grid-row: 1 / 3; margin: 0; justify-self: end; }
  .path li + li::before {
    top: -1.1rem; left: 1.15rem; right: auto; height: 1.1rem; border-top: 0; border-left: 3px solid var(--tone);
  }
  .path li.skipped + li::before, .path li.unknown + li::before, .path li + li.skipped::before,
  .path li + li.unknown::before {
    border-left-style: dotted;
  }
}
@media screen and (max-width: 40rem) {
  body > * { padding: 0 1rem; }
  header { padding-top: 1.3rem; }
  h1 { font-size: 1.4rem; }
  header .summary { font-size: 1.05rem; }
  .card { padding: .9rem 1rem; }
  summary { grid-template-columns: 1fr auto; padding: .6rem .9rem; }
  summary h3 { grid-column: 1; grid-row: 1; }
  summary .state { grid-column: 2; grid-row: 1; }
  summary .said { grid-column: 1 / 3; }
  summary .time { grid-column: 1 / 3; text-align: left; }
  .inside { padding: .2rem .9rem .9rem; }
  dl, .facts dl { grid-template-columns: 1fr; gap: 0; }
  dl > div > dd { margin-bottom: .45rem; }
  dd dl > div > dd { margin-bottom: 0; }
  tbody th { white-space: normal; }
}
@media print {
  :root {
    color-scheme: light; font-size: 10px;
    --page: #fff; --card: #fff; --text: #000; --soft: #444; --line: #bbb; --code: #fff; --link: #000;
    --green: #14692e; --green-tint: #fff; --amber: #7d4e00; --amber-tint: #fff; --red: #b3151f; --red-tint: #fff;
    --blue: #0b5394; --blue-tint: #fff; --grey: #57606a; --grey-tint: #fff; --violet: #6a2fb0; --violet-tint: #fff;
  }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { line-height: 1.25; }
  p { margin-bottom: .25rem; }
  dl { gap: .05rem 1rem; }
  body > * { padding: 0; max-width: none; }
  header { padding-top: 0; }
  section { margin-top: .9rem; }
  th, td { padding: .1rem .6rem .1rem 0; }
  details::details-content { display: none; }
  details.failed::details-content, details.crashed::details-content {
    content-visibility: visible; block-size: auto; display: block;
  }
  details.skipped, summary svg, #path, .path, .legend, .facts .card:last-child, .tag { display: none; }
  summary { padding: .1rem .8rem; }
  details.passed { display: inline-block; width: 50%; vertical-align: top; border-width: 0 0 0 5px; }
  summary .said { display: none; }
  details.failed .said, details.warning .said, details.unknown .said { display: block; }
  .card { padding: .5rem .8rem; }
  .inside { padding: .1rem .8rem .4rem 8.5rem; font-size: .9em; }
  .facts { grid-template-columns: 1fr 1fr; }
  h2 { margin-bottom: .3rem; }
  .card, tr, summary, .inside dl > div { break-inside: avoid; }
  .forward { display: none; }
  h2, h3, summary { break-after: avoid; }
}
"""
