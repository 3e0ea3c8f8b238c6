import { type Command, Option } from "commander";
import { MAX_NODES } from "../../model/nt-layout.ts";
import { FORMATS, type WriteOptions } from "../model/options.ts";

/** `nicetries model`: look into model files, and carry networks to other tools and back. */
export function register(model: Command): void {
  model
    .command("info")
    .description("inputs, layers or questions, fixed-point scales and size of a model file")
    .argument("<file>", "model file (*.nt)")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  nicetries model info m.nt\n")
    .action(async (file: string, options: { json?: boolean }) =>
      (await import("../model/info.ts")).info(file, options.json === true),
    );
  model
    .command("export")
    .description("write the float network as ONNX or safetensors (neither can hold a tree)")
    .argument("<file>", "model file (*.nt)")
    .addOption(new Option("--to <format>", "of the file written").choices([...FORMATS]).makeOptionMandatory())
    .option("--out <file>", "where to write, under a name that ends in .FORMAT; default: beside the model")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  nicetries model export m.nt --to onnx\n  nicetries model export m.nt --to safetensors --out w.safetensors\n",
    )
    .action(async (file: string, options: WriteOptions) =>
      (await import("../model/interchange.ts")).exportModel(file, options),
    );
  model
    .command("import")
    .description("read ONNX or safetensors, quantise, and write a model file with its golden vectors")
    .argument("<file>", "*.onnx or *.safetensors, with the metadata that `model export` writes")
    .option("--out <file>", "model file to write (.nt); default: NAME.nt beside the file")
    .option("--name <name>", "name kept in the model file, at most 16 characters")
    .option("--no-golden", "do not write golden vectors")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  nicetries model import tuned.onnx --out tuned.nt --name tuned\n")
    .action(async (file: string, options: WriteOptions) =>
      (await import("../model/interchange.ts")).importModel(file, options),
    );
  model
    .command("compile")
    .description(
      "turn a network into a decision tree that decides the same for every input, if a small one does",
    )
    .argument("<file>", "model file (*.nt) that holds a network")
    .option("--out <file>", "model file to write (.nt); default: NAME.tree.nt beside the network")
    .option("--name <name>", "name kept in the model file, at most 16 characters; default: the network's")
    .option("--no-golden", "do not write golden vectors")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExample:\n  nicetries model compile m.nt --out fast.nt\n\n" +
        "The tree agrees with the network in every decision, not in its logits. Exit code 1: it would need more than " +
        `${(MAX_NODES + 1) / 2} leaves.\n`,
    )
    .action(async (file: string, options: WriteOptions) =>
      (await import("../model/compile.ts")).compileModel(file, options),
    );
}
