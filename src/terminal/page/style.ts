/** Readable on a phone and in the dark. */
export const style = `
:root { --ink: #1c2430; --soft: #5b6675; --paper: #f6f7f9; --card: #fff; --line: #dde2e8; --good: #2f7dd1; --bad: #c8372d; --well: #1d7a46; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e8ee; --soft: #9aa5b3; --paper: #12161c; --card: #1b212a; --line: #303845; --good: #62a8f0; --bad: #ff7a70; --well: #5cc98b; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.45 system-ui, "Segoe UI", sans-serif; }
header, main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
header h1 { margin: 0; font-size: 1.4rem; }
header p { margin: .25rem 0 0; color: var(--soft); }
section { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin: 0 0 1rem; }
h2 { margin: 0; font-size: 1.15rem; overflow-wrap: anywhere; }
.ends { margin: .1rem 0 .75rem; color: var(--soft); }
.status { font-size: .8rem; font-weight: 600; padding: .1rem .5rem; border-radius: 1rem; border: 1px solid currentColor; }
.ok { color: var(--well); } .trouble { color: var(--bad); } .idle { color: var(--soft); }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: .5rem; margin: 0 0 .75rem; }
dt { color: var(--soft); font-size: .8rem; } dd { margin: 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; } thead th { color: var(--soft); font-weight: 500; }
td { overflow-wrap: anywhere; }
.n { text-align: right; font-variant-numeric: tabular-nums; }
figure { margin: 1rem 0 0; } figcaption { font-size: .9rem; } .most { color: var(--soft); }
svg { width: 100%; height: 6rem; display: block; border-bottom: 1px solid var(--line); }
rect.good { fill: var(--good); } rect.bad { fill: var(--bad); }
.axis { display: flex; justify-content: space-between; color: var(--soft); font-size: .75rem; }
details, .none { margin-top: 1rem; } summary { cursor: pointer; font-weight: 600; }
.none { color: var(--soft); }
`;
