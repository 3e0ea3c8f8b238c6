/** Colours of the page, which light and dark change. */
export interface Theme {
  ink: string;
  soft: string;
  line: string;
  wash: string;
  paper: string;
  wait: string;
  force: string;
  move: string;
  fail: string;
  accent: string;
}

export function theme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ...{ ink: of("ink"), soft: of("soft"), line: of("line"), wash: of("wash"), paper: of("paper") },
    ...{ wait: of("wait"), force: of("force"), move: of("move"), fail: of("fail"), accent: of("accent") },
  };
}
