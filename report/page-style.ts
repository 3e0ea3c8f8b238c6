/** Style shared by reports and notebooks; everything is inlined so that a page is one file. */
export const PAGE_STYLE = `
:root { color-scheme: light; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --wash: #f6f8fa; --accent: #0b62a8; }
body { margin: 0; background: #fff; color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 5rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .4rem; }
h2 { font-size: 1.3rem; margin: 2.6rem 0 .6rem; padding-top: .8rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }
p, ul { max-width: 46rem; }
.soft, figcaption, caption { color: var(--soft); font-size: .9rem; }
caption { text-align: left; caption-side: top; padding-bottom: .3rem; }
table { border-collapse: collapse; margin: .8rem 0 1.2rem; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { padding: .28rem .7rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { background: var(--wash); font-weight: 600; }
td.n, th.n { text-align: right; }
td:not(:first-child) { white-space: nowrap; }
tr.best td { font-weight: 600; }
pre { background: var(--wash); padding: .7rem .9rem; overflow-x: auto; font-size: .85rem; line-height: 1.45; border-radius: 6px; }
pre.out { background: #fff; border: 1px solid var(--line); }
code { font-family: ui-monospace, "SF Mono", Menlo, monospace; font-size: .92em; }
figure { margin: 1rem 0 1.6rem; }
svg { max-width: 100%; height: auto; }
.scroll { overflow-x: auto; }
.cards { display: flex; flex-wrap: wrap; gap: .8rem; margin: 1.2rem 0; }
.card { border: 1px solid var(--line); border-radius: 8px; padding: .7rem 1rem; min-width: 9rem; }
.card b { display: block; font-size: 1.35rem; }
details > summary { cursor: pointer; color: var(--accent); margin: .4rem 0; }
.error { color: #a40e26; }
`;
