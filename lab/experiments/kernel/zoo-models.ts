import { join } from "node:path";
import { ZOO } from "../../../model/zoo.ts";
import type { Bench, MeasuredModel } from "../bench.ts";

/** Models in the box, as measurements take them. */
export const zooModels = ({ root }: Bench, names: readonly string[] = Object.values(ZOO)): MeasuredModel[] =>
  names.map((name) => ({ name: `zoo/${name}`, file: join(root, "model/zoo", `${name}.nt`) }));
