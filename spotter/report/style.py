"""The style sheet of a report: light and dark by the reader's system, always light on paper, down to a phone's width.

Owns every colour and measure of the page. Nothing is told by colour alone: every bar and field has its number.
"""

STYLE = """
:root { color-scheme: light dark; --ink: #1b2430; --soft: #576275; --line: #dce2e9; --paper: #fff; --card: #f5f7fa;
  --track: #e9eef4; --bar: #2a6ab0; --heat: 42 106 176; --bright: #fff; --fault: #b4531a; --bad: #b3261e;
  --bad-paper: #fdf2f1; }
@media screen and (prefers-color-scheme: dark) { :root { --ink: #e4e9f0; --soft: #9ba7b8; --line: #2e3846;
  --paper: #11161d; --card: #1a212b; --track: #242e3b; --bar: #5d9fe0; --heat: 93 159 224; --bright: #0b1016;
  --fault: #e0935a; --bad: #f28b82; --bad-paper: #2b1a1a; } }
* { box-sizing: border-box; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
body { font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; color: var(--ink); background: var(--paper);
  max-width: 58rem; margin: 0 auto; padding: 2rem 1.2rem 3rem; overflow-wrap: break-word; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0; letter-spacing: -.01em; }
h2 { font-size: 1.15rem; margin: 2.4rem 0 .6rem; break-after: avoid; }
.when { font-size: 1.05rem; margin: .2rem 0 0; } .soft { color: var(--soft); font-size: .85rem; }
h2 + .soft { margin: 0 0 .8rem; break-after: avoid; }
nav { margin: 1rem 0 0; display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; font-size: .9rem; }
nav a { color: var(--bar); text-decoration: none; } nav a:hover { text-decoration: underline; }
.note { border-left: .25rem solid var(--bad); background: var(--bad-paper); padding: .6rem .9rem; margin: 1.2rem 0;
  border-radius: 0 .4rem .4rem 0; break-inside: avoid; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .7rem;
  margin: 1.2rem 0 .4rem; }
.figures div { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .7rem .9rem;
  break-inside: avoid; }
.figures b { display: block; font-size: 1.6rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.figures small { display: block; color: var(--soft); font-size: .8rem; min-height: 1.2em; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.2rem; margin: 1.2rem 0 0; }
dt { color: var(--soft); } dd { margin: 0; }
.columns { display: flex; gap: .5%; height: 13rem; margin: .8rem 0 0; break-inside: avoid; }
.columns div { flex: 1; display: flex; flex-direction: column; justify-content: flex-end; text-align: center;
  min-width: 0; font-size: .8rem; font-variant-numeric: tabular-nums; }
.columns .filled { flex: 1; display: flex; flex-direction: column; justify-content: flex-end; }
.columns i { display: block; background: var(--bar); border-radius: .25rem .25rem 0 0; margin: 0 8%; min-height: 1px; }
.columns span { color: var(--soft); border-top: 1px solid var(--line); padding-top: .2rem; min-height: 2.9em; }
.columns .unwatched { background: repeating-linear-gradient(-45deg, var(--track) 0 4px, transparent 4px 9px); }
table { border-collapse: collapse; width: 100%; } .wide { overflow-x: auto; }
th { font-size: .8rem; color: var(--soft); font-weight: 600; vertical-align: bottom; }
th, td { text-align: left; padding: .32rem .9rem .32rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; } tr { break-inside: avoid; } thead { display: table-header-group; }
td.n, th.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td.bar { width: 30%; min-width: 4.5rem; }
td.s { white-space: nowrap; } .gap { margin-top: 1.6rem; }
td.bar i { display: block; margin-top: .42em; height: .6rem; border-radius: .3rem; background: var(--bar);
  min-width: 2px; }
.faults td.bar i { background: var(--fault); }
td.bad { color: var(--bad); font-weight: 600; }
.hours { table-layout: fixed; font-size: .75rem; text-align: center; break-inside: avoid; }
.hours th, .hours td { padding: .3rem 0; text-align: center; border: 1px solid var(--paper); white-space: nowrap; }
.hours th:first-child { width: 3.6rem; text-align: left; }
.hours td { background: var(--card); font-variant-numeric: tabular-nums; } .hours td.away { background:
  repeating-linear-gradient(-45deg, var(--track) 0 4px, transparent 4px 9px); }
.hours .h1 { background: rgb(var(--heat) / .14); } .hours .h2 { background: rgb(var(--heat) / .32); }
.hours .h3 { background: rgb(var(--heat) / .52); } .hours .h4 { background: rgb(var(--heat) / .76); }
.hours .h5 { background: rgb(var(--heat)); } .hours .h4, .hours .h5 { color: var(--bright); font-weight: 600; }
footer { margin-top: 2.6rem; border-top: 1px solid var(--line); padding-top: .8rem; }
@media (max-width: 38rem) { body { padding: 1.2rem .8rem 2rem; } h1 { font-size: 1.4rem; }
  .figures { grid-template-columns: repeat(3, 1fr); gap: .5rem; } .figures div { padding: .5rem .6rem; }
  .figures b { font-size: 1.15rem; } dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; }
  th, td { padding-right: .6rem; } td.bar { width: 18%; min-width: 3rem; }
  .hours th:first-child { width: 2.6rem; } .hours { font-size: .62rem; } .columns div { font-size: .65rem; } }
@media print { @page { margin: 14mm; } html { font-size: 10.5px; }
  body { max-width: none; padding: 0; font-size: 1rem; } .figures { grid-template-columns: repeat(6, 1fr); }
  nav { display: none; }
  h2 { margin-top: 1.4rem; } .columns { height: 9rem; } .wide { overflow: visible; } }
"""
