/** Readable on a phone and in the dark. */
export const style = `
:root { --ink: #1c2430; --soft: #5b6675; --paper: #f6f7f9; --card: #fff; --line: #dde2e8; --good: #2f7dd1; --bad: #c8372d; --well: #1d7a46; --doubt: #96690a; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e8ee; --soft: #9aa5b3; --paper: #12161c; --card: #1b212a; --line: #303845; --good: #62a8f0; --bad: #ff7a70; --well: #5cc98b; --doubt: #e5b54a; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.45 system-ui, "Segoe UI", sans-serif; }
header, main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
header { padding-bottom: 0; }
header h1 { margin: 0; font-size: 1.4rem; overflow-wrap: anywhere; }
header p { margin: .25rem 0 0; color: var(--soft); overflow-wrap: anywhere; }
header .verdict { font-size: 1.1rem; font-weight: 600; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin: 0 0 1rem; }
h2 { margin: 0; font-size: 1.15rem; overflow-wrap: anywhere; }
a { color: inherit; }
.ends { margin: .1rem 0 .75rem; color: var(--soft); }
.status { font-size: .8rem; font-weight: 600; padding: .1rem .5rem; border-radius: 1rem; border: 1px solid currentColor; }
.ok, .verdict.ok { color: var(--well); } .warn, .verdict.warn { color: var(--doubt); } .fail, .verdict.fail { color: var(--bad); } .idle { color: var(--soft); }
.notes { list-style: none; margin: 0 0 .75rem; padding: 0; }
.notes li { border-left: .25rem solid currentColor; padding: .2rem 0 .2rem .6rem; margin: 0 0 .4rem; overflow-wrap: anywhere; }
.notes span { display: block; } .notes .hint { color: var(--ink); }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .5rem; margin: 0 0 .75rem; }
dt { color: var(--soft); font-size: .8rem; } dd { margin: 0; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
th { font-weight: 600; } thead th { color: var(--soft); font-weight: 500; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1rem; margin-top: 1rem; }
figure { margin: 0; min-width: 0; } figcaption { font-size: .9rem; margin: 0 0 .25rem; }
.plot { display: flex; gap: .4rem; }
.scale { display: flex; flex-direction: column; justify-content: space-between; flex: 0 0 4.5rem; text-align: right; color: var(--soft); font-size: .75rem; line-height: 1; }
svg { flex: 1; min-width: 0; height: 6rem; display: block; border-bottom: 1px solid var(--line); border-left: 1px solid var(--line); }
rect.good { fill: var(--good); } rect.bad { fill: var(--bad); }
rect.day { fill: transparent; } g:hover rect.day { fill: var(--line); }
line.half { stroke: var(--line); vector-effect: non-scaling-stroke; }
.axis { display: flex; justify-content: space-between; margin-left: 4.9rem; color: var(--soft); font-size: .75rem; }
details, .none { margin-top: 1rem; } summary { cursor: pointer; font-weight: 600; }
.none { color: var(--soft); }
@media (max-width: 40rem) {
  thead { display: none; }
  table, tbody, tr, th, td { display: block; width: auto; }
  tr { padding: .5rem 0; border-bottom: 1px solid var(--line); }
  th, td { border: 0; padding: .1rem 0; }
  td { display: flex; justify-content: space-between; gap: 1rem; text-align: right; }
  td::before { content: attr(data-heading); color: var(--soft); text-align: left; flex: none; }
}
`;
