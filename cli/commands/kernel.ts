import type { Command } from "commander";
import { registerAdapt } from "../kernel/adapt.ts";
import { registerBench } from "../kernel/bench.ts";
import { registerBoot } from "../kernel/boot.ts";
import { registerBuild } from "../kernel/build.ts";
import { registerControl } from "../kernel/control.ts";
import { registerDeploy } from "../kernel/deploy.ts";
import { registerDoctor } from "../kernel/doctor.ts";
import { registerLockstep } from "../kernel/lockstep.ts";
import { registerRecord } from "../kernel/record.ts";
import { registerVerify } from "../kernel/verify.ts";

/** `nicetries kernel`: build, boot, record and steer a real Linux 6.1. */
export function register(kernel: Command): void {
  registerDoctor(kernel);
  registerBuild(kernel);
  registerBoot(kernel);
  registerRecord(kernel);
  registerDeploy(kernel);
  registerControl(kernel);
  registerVerify(kernel);
  registerAdapt(kernel);
  registerBench(kernel);
  registerLockstep(kernel);
}
