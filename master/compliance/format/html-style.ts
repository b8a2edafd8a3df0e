/**
 * Stylesheet of the report. Text has a contrast of at least 4.5 to 1 in both colour schemes, and no information depends on
 * colour alone. Text sizes are relative, so that a reader's own setting applies.
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f6f3; --card: #ffffff; --ink: #1d2326; --soft: #596267; --line: #dfe0da; --code: #f1f1ec;
  --unreachable: #5b4a8a; --unreachable-ground: #eeeaf7;
  --failed: #a4262c; --failed-ground: #fbeaea;
  --contract-broken: #8a4510; --contract-broken-ground: #fbeedd;
  --drifted: #745600; --drifted-ground: #fbf3d6; --drifted-bar: #b98900;
  --outdated: #1f5c99; --outdated-ground: #e6f0fa;
  --compliant: #22693c; --compliant-ground: #e5f3e9;
  --add: #1f6b3a; --add-ground: #e7f5eb; --cut: #a4262c; --cut-ground: #fbeaea;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #15191b; --card: #1d2225; --ink: #e6e9ea; --soft: #a3adb2; --line: #343b3f; --code: #262c30;
    --unreachable: #c4b5f2; --unreachable-ground: #2d2740;
    --failed: #ffa3a3; --failed-ground: #402225;
    --contract-broken: #f5b983; --contract-broken-ground: #3d2c1c;
    --drifted: #ecd07a; --drifted-ground: #383017; --drifted-bar: #ecd07a;
    --outdated: #9ccaf6; --outdated-ground: #1c3045;
    --compliant: #8fd6a6; --compliant-ground: #1b3425;
    --add: #8fd6a6; --add-ground: #1b3425; --cut: #ffa3a3; --cut-ground: #402225;
  }
}
* { box-sizing: border-box; }
html { font-size: 100%; -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: break-word;
}
main, header.top, footer { max-width: 62rem; margin: 0 auto; padding: 0 1.25rem; }
header.top { padding-top: 2.5rem; }
footer { color: var(--soft); font-size: .875rem; padding-top: 1rem; padding-bottom: 3rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0; letter-spacing: -.015em; font-weight: 650; }
h2 { font-size: 1.1875rem; line-height: 1.3; margin: 2.75rem 0 .875rem; font-weight: 650; }
h2 .soft { font-weight: 400; font-size: .9375rem; margin-left: .25rem; }
h3 { font-size: 1rem; line-height: 1.4; margin: 0; font-weight: 600; }
p { margin: .375rem 0; }
.soft { color: var(--soft); }
.small { font-size: .875rem; }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace; }
code { font-size: .875em; background: var(--code); border-radius: .25rem; padding: .0625rem .3125rem; overflow-wrap: anywhere; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .625rem; }

.summary { display: grid; grid-template-columns: auto 1fr minmax(15rem, 22rem); gap: 1.75rem; align-items: center; margin-top: 1.5rem; padding: 1.5rem 1.75rem; }
.ring { width: 7.5rem; height: 7.5rem; display: block; }
.ring .track { stroke: var(--line); }
.ring text { fill: var(--ink); font-weight: 650; font-size: 25px; letter-spacing: -.02em; }
.good { stroke: var(--compliant); } .fair { stroke: var(--drifted); } .poor { stroke: var(--failed); }
.summary .lead { font-size: 1.25rem; line-height: 1.35; font-weight: 600; margin: 0; letter-spacing: -.01em; }
.summary p { margin: .125rem 0 0; }
.trend { margin: 0; min-width: 0; }
.trend svg { width: 100%; height: auto; display: block; }
.trend figcaption, .trend .values { color: var(--soft); font-size: .8125rem; }
.trend summary { cursor: pointer; }
.trend .values table { max-height: 15rem; overflow-y: auto; display: block; }
.trend .values th, .trend .values td { padding: .1875rem .75rem .1875rem 0; font-size: .8125rem; }
.trend .area { fill: var(--outdated-ground); } .trend .path { stroke: var(--outdated); }
.trend .dot { fill: var(--outdated); } .trend .grid { stroke: var(--line); }
.trend text { fill: var(--soft); font-size: 11.5px; }

.levels { display: grid; grid-template-columns: repeat(auto-fit, minmax(15.5rem, 1fr)); gap: .875rem; }
.level { padding: 1rem 1.25rem; }
.level p { margin: 0; }
.level .score { float: right; font-weight: 650; }
.level svg { width: 100%; height: .5rem; display: block; margin: .625rem 0 .5rem; border-radius: .25rem; }
.bar-ground { fill: var(--line); }
.bar-filled { fill: var(--compliant); }

.badge { display: inline-block; border-radius: 1rem; padding: .0625rem .625rem; font-size: .8125rem; font-weight: 600; white-space: nowrap; }
.unreachable { color: var(--unreachable); background: var(--unreachable-ground); }
.failed { color: var(--failed); background: var(--failed-ground); }
.contract-broken { color: var(--contract-broken); background: var(--contract-broken-ground); }
.drifted { color: var(--drifted); background: var(--drifted-ground); }
.outdated { color: var(--outdated); background: var(--outdated-ground); }
.compliant { color: var(--compliant); background: var(--compliant-ground); }

.finding { margin-bottom: .75rem; padding: .9375rem 1.25rem 1rem; border-left: 4px solid var(--line); }
.finding header { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: baseline; }
.finding h3 { font-size: 1.0625rem; min-width: 0; overflow-wrap: anywhere; }
.finding h3 .kind { font-weight: 400; color: var(--soft); }
.finding p { margin: .25rem 0 0; overflow-wrap: anywhere; }
.finding .where .soft { font-size: .875rem; margin-left: .25rem; }
.finding .detail { white-space: pre-line; margin: .375rem 0 0; overflow-wrap: anywhere; font-size: .9375rem; }
.finding .facts { color: var(--soft); font-size: .8125rem; margin-top: .375rem; }
.finding .facts + .facts { margin-top: .0625rem; }
.finding .next { margin: 0 0 0 auto; font-size: .875rem; min-width: 0; }
.finding ul { margin: .375rem 0 0; padding-left: 1.125rem; font-size: .9375rem; }
.finding li { margin: .125rem 0; overflow-wrap: anywhere; }
details.minions { margin-top: .375rem; font-size: .875rem; }
details.minions > summary { cursor: pointer; color: var(--soft); }
.edge-unreachable { border-left-color: var(--unreachable); } .edge-failed { border-left-color: var(--failed); }
.edge-contract-broken { border-left-color: var(--contract-broken); } .edge-drifted { border-left-color: var(--drifted-bar); }
.edge-outdated { border-left-color: var(--outdated); }

pre.diff { margin: .625rem 0 0; padding: .5rem 0; background: var(--code); border-radius: .375rem; font-size: .8125rem; line-height: 1.5; overflow-x: auto; }
pre.diff span { display: block; padding: 0 .75rem; border-left: 3px solid transparent; white-space: pre-wrap; overflow-wrap: anywhere; }
pre.diff .add { color: var(--add); background: var(--add-ground); border-left-color: var(--add); }
pre.diff .cut { color: var(--cut); background: var(--cut-ground); border-left-color: var(--cut); }
pre.diff .at { color: var(--soft); }

details.fold { margin-bottom: .75rem; }
details.fold > summary { cursor: pointer; padding: .875rem 1.25rem; font-weight: 600; border-radius: .625rem; }
details.fold > summary .soft { font-weight: 400; }
details > summary:focus-visible, a:focus-visible { outline: 2px solid var(--outdated); outline-offset: 2px; }
details.fold > .inside { padding: 0 1.25rem 1.125rem; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
th, td { text-align: left; vertical-align: top; padding: .5rem .875rem .5rem 0; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--soft); font-weight: 500; font-size: .8125rem; }
tbody th { font-weight: 600; }
td.number, th.number { text-align: right; white-space: nowrap; }
ul.plain { list-style: none; margin: 0; padding: 0; font-size: .875rem; }
ul.plain li { padding: .25rem 0; overflow-wrap: anywhere; }
ul.steps { margin: 0; padding: .875rem 1.25rem .875rem 2.25rem; font-size: .9375rem; }
ul.steps li { padding: .125rem 0; overflow-wrap: anywhere; }
.calm { padding: 1.5rem 1.75rem; font-size: 1.0625rem; }

@media (max-width: 46rem) {
  header.top { padding-top: 1.5rem; }
  h1 { font-size: 1.4375rem; }
  main, header.top, footer { padding-left: .875rem; padding-right: .875rem; }
  .summary { grid-template-columns: auto 1fr; gap: 1rem 1.125rem; padding: 1.125rem; }
  .summary .trend { grid-column: 1 / -1; }
  .summary > .ring { align-self: start; }
  .ring { width: 6rem; height: 6rem; }
  .summary .lead { font-size: 1.0625rem; }
  .level { padding: .75rem 1rem; }
  .levels { gap: .5rem; }
  .level svg { margin: .375rem 0 .25rem; }
  .level .small { display: inline; }
  .level .small + .small::before { content: ' · '; }
  h2 { margin: 1.75rem 0 .75rem; }
  h2 .soft { display: block; margin: 0; }
  .finding { padding: .8125rem .9375rem .875rem; }
  .finding .next { margin: 0; }
  details.fold > summary { padding: .8125rem 1rem; }
  details.fold > .inside { padding: 0 1rem 1rem; }
  table.stack thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table.stack tr { display: block; border-top: 1px solid var(--line); padding: .625rem 0; }
  table.stack th, table.stack td { display: inline-block; border: 0; padding: .0625rem 0; margin-right: .875rem; text-align: left; overflow-wrap: anywhere; }
  table.stack td[data-head]::before { content: attr(data-head) ": "; color: var(--soft); }
}
@media print {
  @page { margin: 14mm 13mm; }
  :root { --page: #ffffff; color-scheme: light; }
  html { font-size: 81.25%; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  main, header.top, footer { max-width: none; padding: 0; }
  header.top { padding: 0; }
  h2 { margin: 1.5rem 0 .625rem; break-after: avoid; }
  .summary { margin-top: 1rem; padding: 1rem 1.25rem; }
  .finding, .level, .summary, .steps, tr { break-inside: avoid; }
  .finding header, details.fold > summary { break-after: avoid; }
  details.fold > summary { list-style: none; padding-bottom: .375rem; }
  details.fold::details-content, details.minions::details-content { content-visibility: visible; height: auto; }
  .trend .values { display: none; }
  footer { padding: .5rem 0 0; }
}
`
