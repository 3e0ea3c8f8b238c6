import { Argument, type Command } from "commander";
import {
  CONTROL,
  controlStatus,
  MODES,
  type Rule,
  runControl,
  setControl,
} from "../../kernel-bridge/deploy/control.ts";
import { print, printJson } from "../output.ts";
import { parseRule, parseSlot, slotOption } from "./options.ts";

/** `nicetries kernel control`: what an installed model does on the kernel that runs right here. */
export function registerControl(kernel: Command): void {
  const control = kernel
    .command("control")
    .description("look at and change what the patched kernel running here does: mode, models, rules")
    .addHelpText(
      "after",
      `
For this machine when it runs the patched kernel, as root, and for a shell in a guest (nicetries kernel boot --kernel
patched). Everything goes through the system call and ${CONTROL}.

Examples:
  nicetries kernel control status --json
  nicetries kernel control mode off            # the kill switch: back to CFS
  nicetries kernel control rollback            # the model before this one
  nicetries kernel control add-rule 1 'comm=postgres*'
  nicetries kernel control delete-rule 'comm=postgres*'`,
    );

  control
    .command("status")
    .description("mode, models, rules, counters, memory")
    .addHelpText("after", "\nExample:\n  nicetries kernel control status --json")
    .option("--json", "print {mode, arithmetic, watchdog, tripped, models, rules, counters, memory}")
    .action((flags: { json?: boolean }) => {
      const status = controlStatus();
      if (flags.json) return printJson(status);
      const { counters, memory, models, rules, ...rest } = status;
      const named = Object.entries({ ...rest, ...counters, ...memory });
      const lines = named.flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`]));
      print(`${[...lines, ...models, ...rules].join("\n")}\n`);
    });

  control
    .command("mode")
    .addArgument(new Argument("<mode>", "who decides").choices([...MODES]))
    .description("say who decides; off returns to CFS at once")
    .addHelpText("after", "\nExample:\n  nicetries kernel control mode off")
    .action((mode: string) => setControl("mode", mode));

  control
    .command("rollback")
    .description("exchange the active model of a slot and the one before it")
    .addHelpText("after", "\nExample:\n  nicetries kernel control rollback --slot 1")
    .addOption(slotOption())
    .action(({ slot }: { slot: number }) => runControl("rollback", String(slot)));

  control
    .command("remove")
    .description("take the models of a slot out of the kernel")
    .addHelpText("after", "\nExample:\n  nicetries kernel control remove --slot 1")
    .addOption(slotOption())
    .action(({ slot }: { slot: number }) => runControl("remove", String(slot)));

  control
    .command("add-rule")
    .argument("<slot>", "1 to 7", parseSlot("<slot>", 1))
    .argument("<rule>", "comm=PATTERN or cgroup=FOLDER", parseRule("<rule>"))
    .description("send tasks to a slot's model; the first rule that matches wins")
    .addHelpText("after", "\nExample:\n  nicetries kernel control add-rule 1 'comm=postgres*'")
    .action((slot: number, rule: Rule) => runControl("rule-add", String(slot), rule.kind, rule.what));

  control
    .command("delete-rule")
    .argument("<rule>", "as it was added", parseRule("<rule>"))
    .description("take a rule out; the rules are listed by status")
    .addHelpText("after", "\nExample:\n  nicetries kernel control delete-rule 'comm=postgres*'")
    .action((rule: Rule) => runControl("rule-delete", rule.kind, rule.what));
}
