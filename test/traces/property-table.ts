import { concatTables } from "../../traces/table.ts";
import { mutants } from "./label-mutants.ts";
import { type Properties, properties } from "./label-properties.ts";
import { reasonMutants, rowMutants } from "./row-label-mutants.ts";
import { reasonProperties, rowLabelProperties } from "./row-label-properties.ts";

interface Group {
  test: string;
  properties: Properties<never>;
  mutants: readonly { name: string; killedBy: readonly string[] }[];
}

const GROUPS: readonly Group[] = [
  { test: "label.test.ts", properties, mutants: mutants(concatTables) },
  { test: "row-label.test.ts", properties: rowLabelProperties, mutants: rowMutants },
  { test: "row-label.test.ts", properties: reasonProperties, mutants: reasonMutants },
];

/** The lines of the table of properties in docs/traces.md: what is tested is what is written there. */
export function propertyTable(): string[] {
  const rows = GROUPS.flatMap(({ test, properties, mutants }) =>
    Object.entries(properties).map(([name, { invariant }]) => {
      const found = mutants.filter((m) => m.killedBy.includes(name)).map((m) => m.name);
      return `| ${name} | ${invariant} | \`${test}\` | ${found.join("; ")} |`;
    }),
  );
  return [
    "| property | invariant | test | found out by it: code that … |",
    "| --- | --- | --- | --- |",
    ...rows,
  ];
}
