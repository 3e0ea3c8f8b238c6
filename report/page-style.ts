import { IN_THE_DARK } from "./figures/palette.ts";

/** Figures say their colours in attributes, which style goes before. */
const dark = Object.entries(IN_THE_DARK)
  .flatMap(([light, to]) => ["fill", "stroke"].map((name) => `[${name}="${light}" i] { ${name}: ${to}; }`))
  .join("\n");

/** Style shared by reports and notebooks; everything is inlined so that a page is one file. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --wash: #f6f8fa; --paper: #fff; --accent: #0b62a8; --error: #a40e26; }
@media (prefers-color-scheme: dark) {
:root { --ink: #e6edf3; --soft: #9aa4af; --line: #30363d; --wash: #161b22; --paper: #0d1117; --accent: #6cb6ff; --error: #ff7b72; }
${dark}
}
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 66rem; margin: 0 auto; padding: 2rem 1.25rem 5rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .4rem; }
a { color: var(--accent); }
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
pre.out { background: var(--paper); border: 1px solid var(--line); }
code { font-family: ui-monospace, "SF Mono", Menlo, monospace; font-size: .92em; }
figure { margin: 1rem 0 1.6rem; overflow-x: auto; }
svg { max-width: 100%; height: auto; }
.plot-swatches { font-size: 12.5px; margin-bottom: 0; min-height: 0; }
/* on a phone figures have another form, whose text is as large as elsewhere; where there is but one form, it is scrolled */
.narrow { display: none; }
.three { display: grid; grid-template-columns: repeat(auto-fit, minmax(20.6rem, 1fr)); gap: 0 1.2rem; }
.three figure { margin: .4rem 0; }
@media (max-width: 50rem) {
.wide { display: none; }
.narrow { display: block; }
svg.plot:is([width="820"], [width="860"]) { min-width: 40rem; }
}
@media (max-width: 30rem) { main { padding: 1rem .75rem 3rem; } h1 { font-size: 1.5rem; } }
.multiples { display: grid; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); gap: 0 1rem; }
ol.story { padding-left: 1.2rem; }
ol.story li { margin: .45rem 0; max-width: 46rem; }
nav ul { columns: 2; padding-left: 1.2rem; font-size: .95rem; }
@media (max-width: 40rem) { nav ul { columns: 1; } }
.scroll { overflow-x: auto; }
details > summary { cursor: pointer; color: var(--accent); margin: .4rem 0; }
.error { color: var(--error); }
`;
