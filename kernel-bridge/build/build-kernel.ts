import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { InputError } from "../../traces/input-error.ts";
import { cacheFolder, cachePath } from "../cache.ts";
import { isAlive, runProcess } from "../run-process.ts";
import { BUILD_PACKAGES, ensurePackages, findSource, missingPackages, SOURCE_TARBALL } from "./source.ts";
import { shapeTree, unpackTree } from "./tree.ts";
import { addedFiles, fragments, patches, treeName, type Variant, variantHash } from "./variants.ts";

/** A built kernel in the cache. */
export interface KernelImage {
  variant: Variant;
  /** Content hash of sources, configuration and compiler. */
  hash: string;
  folder: string;
  bzImage: string;
  /** As `uname -r` prints it. */
  release: string;
  /** False when the image was found in the cache. */
  built: boolean;
  seconds: number;
}

export interface BuildOptions {
  source?: string;
  jobs?: number;
  /** Build even if the cache has the image. */
  force?: boolean;
  /** May apt-get install what is missing? */
  install?: boolean;
  say?: (text: string) => void;
  /** `done` objects of about `total` are compiled. */
  progress?: (done: number, total: number, note: string) => void;
}

/** Objects that a first build of the guest configuration compiles; only the progress bar depends on it. */
const OBJECTS = 2150;

/** Fixed, so that equal inputs give equal images. */
const REPRODUCIBLE = {
  KBUILD_BUILD_TIMESTAMP: "2024-01-01",
  KBUILD_BUILD_USER: "nicetries",
  KBUILD_BUILD_HOST: "nicetries",
};

/** The image of a variant if the cache has it; never builds. */
export async function findImage(
  variant: Variant,
  source: string = SOURCE_TARBALL,
): Promise<KernelImage | undefined> {
  const hash = variantHash(variant, (await findSource(source)).sha256, await compilerVersion());
  return readImage(variant, hash);
}

/**
 * Builds a variant, or returns it from the cache: images lie in `kernel/<variant>-<hash>` of the cache, a folder that
 * appears only when it is complete. The first build takes about eight minutes on two processors, a further variant in
 * the same tree one or two.
 */
export async function buildKernel(variant: Variant, options: BuildOptions = {}): Promise<KernelImage> {
  const say = options.say ?? (() => {});
  const missing = missingPackages(BUILD_PACKAGES.filter(([, e]) => !options.source || e !== SOURCE_TARBALL));
  if (options.install ?? true) await ensurePackages(missing, say);
  const source = await findSource(options.source);
  const hash = variantHash(variant, source.sha256, await compilerVersion());
  const cached = readImage(variant, hash);
  if (cached && !options.force) return cached;

  const begin = Date.now();
  const tree = join(cacheFolder("kernel"), treeName(variant));
  const unlock = lockTree(tree);
  try {
    await unpackTree(tree, source, say);
    await shapeTree(tree, patches(variant), addedFiles(variant));
    const log = join(cacheFolder("kernel"), `${variant}-build.log`);
    writeFileSync(log, "");
    await configure(tree, variant, log);
    say(`building the ${variant} kernel (log: ${log})`);
    await make(tree, ["bzImage"], log, options);
    const release = readFileSync(join(tree, "include/config/kernel.release"), "utf8").trim();
    return store(variant, hash, release, tree, log, (Date.now() - begin) / 1000);
  } finally {
    unlock();
  }
}

async function compilerVersion(): Promise<string> {
  try {
    return (await runProcess("gcc", ["-dumpfullversion", "-dumpmachine"])).stdout.trim();
  } catch {
    return "none";
  }
}

/** tinyconfig, then the fragments, then a check that every option asked for is really set. */
async function configure(tree: string, variant: Variant, log: string): Promise<void> {
  await make(tree, ["-s", "tinyconfig"], log);
  const merged = await runProcess(
    "scripts/kconfig/merge_config.sh",
    ["-m", ".config", ...fragments(variant)],
    { cwd: tree, log },
  );
  if (merged.code !== 0) throw buildError("merging the configuration failed", log);
  await make(tree, ["-s", "olddefconfig"], log);
  const after = readFileSync(join(tree, ".config"), "utf8");
  const lines = new Set(after.split("\n"));
  const wanted = wantedLines(fragments(variant).map((path) => readFileSync(path, "utf8")));
  const refused = wanted.filter((line) => !lines.has(line));
  if (refused.length > 0)
    throw new InputError("this kernel source does not accept the configuration", {
      found: refused.join(" "),
      hint: "The options depend on something that this source does not have",
    });
}

/** The lines that merged fragments ask for: a later fragment's value of an option replaces an earlier one's. */
export function wantedLines(texts: readonly string[]): string[] {
  const wanted = new Map<string, string>();
  for (const text of texts)
    for (const [line, option, value] of text.matchAll(/^(CONFIG_\w+)=(.*)$/gm))
      if (value === "n") wanted.delete(option);
      else wanted.set(option, line);
  return [...wanted.values()];
}

async function make(tree: string, targets: string[], log: string, options: BuildOptions = {}): Promise<void> {
  let objects = 0;
  const jobs = options.jobs ?? availableParallelism();
  const result = await runProcess("make", [`-j${jobs}`, ...targets], {
    cwd: tree,
    log,
    env: { ...process.env, ...REPRODUCIBLE, MAKEFLAGS: "" },
    onLine(line) {
      if (!/^ {2}(CC|AS|LD|AR|BTF|KSYMS|GEN) /.test(line)) return;
      objects++;
      options.progress?.(Math.min(objects, OBJECTS), OBJECTS, line.trim().replace(/\s+/g, " "));
    },
  });
  if (result.code !== 0) throw buildError(`make ${targets.join(" ")} failed`, log);
}

function buildError(problem: string, log: string): InputError {
  const lines = readFileSync(log, "utf8").split("\n");
  const first = lines.find((line) => /\berror\b|\*\*\*/i.test(line)) ?? lines.at(-2) ?? "";
  return new InputError(problem, { file: log, found: first, hint: "The whole log is in that file" });
}

function store(
  variant: Variant,
  hash: string,
  release: string,
  tree: string,
  log: string,
  seconds: number,
): KernelImage {
  const folder = imageFolder(variant, hash);
  const fresh = `${folder}.part`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  copyFileSync(join(tree, "arch/x86/boot/bzImage"), join(fresh, "bzImage"));
  copyFileSync(join(tree, "System.map"), join(fresh, "System.map"));
  copyFileSync(join(tree, ".config"), join(fresh, "config"));
  copyFileSync(log, join(fresh, "build.log"));
  writeFileSync(join(fresh, "image.json"), JSON.stringify({ variant, hash, release, seconds }));
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
  return { ...readImage(variant, hash)!, built: true };
}

const imageFolder = (variant: Variant, hash: string) => cachePath("kernel", `${variant}-${hash}`);

function readImage(variant: Variant, hash: string): KernelImage | undefined {
  const folder = imageFolder(variant, hash);
  const bzImage = join(folder, "bzImage");
  if (!existsSync(join(folder, "image.json")) || !existsSync(bzImage) || statSync(bzImage).size === 0)
    return undefined;
  const { release, seconds } = JSON.parse(readFileSync(join(folder, "image.json"), "utf8"));
  return { variant, hash, folder, bzImage, release, built: false, seconds };
}

/** One build at a time in a tree. A lock of a process that is gone is taken over. */
export function lockTree(tree: string): () => void {
  const lock = `${tree}.building`;
  for (let attempt = 0; ; attempt++) {
    try {
      mkdirSync(lock);
      writeFileSync(join(lock, "pid"), String(process.pid));
      return () => rmSync(lock, { recursive: true, force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const owner = existsSync(join(lock, "pid")) ? Number(readFileSync(join(lock, "pid"), "utf8")) : 0;
      if (attempt > 0 || (owner > 0 && isAlive(owner)))
        throw new InputError("another build is under way in this tree", {
          file: lock,
          found: `process ${owner}`,
          hint: "Wait for it to end",
        });
      rmSync(lock, { recursive: true, force: true });
    }
  }
}
