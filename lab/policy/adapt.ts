import { Adaptation, type AdaptEvent, type AdaptOptions } from "../../adapt/adaptation.ts";
import type { CallLog } from "../../adapt/call-log.ts";
import { liveModel, truthOf } from "../../adapt/live-model.ts";
import { ADAPT_PARAMETERS, type AdaptParameters } from "../../adapt/parameters.ts";
import { readNt } from "../../model/nt-read.ts";
import { model, premigrate } from "../../sim/policy/learned.ts";
import type { Policy, PolicyFactory, Verdict } from "../../sim/policy/policy.ts";
import { InputError } from "../../traces/input-error.ts";
import { shownPath } from "../files/shown-path.ts";

/** How a model that adapted fared in a run. */
export interface AdaptReport {
  events: AdaptEvent[];
  /** Every call that was judged. */
  log: CallLog;
}

/** A policy that adapts, and what it did in the run that it was made for last. */
export interface AdaptivePolicy {
  factory: PolicyFactory;
  report(): AdaptReport | undefined;
}

/**
 * `adapt:FILE.nt`: the model of the file is watched and trained anew on the run's own decisions. The stock rule decides, or with `act` the
 * model as `model:FILE.nt` would, while it is confident. Trainings take the time of the policy's thread.
 * @throws InputError for a damaged file, and for a model whose target only the future tells
 */
export function adaptivePolicy(
  path: string,
  migrationCostNs: number,
  teach?: AdaptOptions["retrain"],
): AdaptivePolicy {
  const nt = readNt(path);
  try {
    truthOf(nt.net.target);
  } catch (error) {
    throw error instanceof InputError
      ? new InputError(error.problem, { ...error.details, file: path })
      : error;
  }
  const name = `adapt:${nt.name || shownPath(path)}`;
  let last: Adaptation | undefined;
  const make: PolicyFactory = (host) => {
    const parameters = host.parameters as AdaptParameters;
    const adaptation = new Adaptation(
      liveModel(nt, migrationCostNs),
      { parameters, migrationCostNs, random: host.random, retrain: teach },
      {
        train: ({ rowPasses }, ready) => host.work(rowPasses * parameters.rowNs, () => ready(host.now())),
        rollback() {}, // the policy asks whatever model is in force
      },
    );
    last = adaptation;
    let said = false;
    const acting: Policy = (nt.net.target === "migrate" ? model : premigrate)(() => said)(host);
    return {
      name,
      asks: (query) => !query.activeBalance,
      decide(query): Verdict {
        const { hot, activeBalance, nrBalanceFailed, cacheNiceTries, now } = query;
        if (activeBalance) return 1;
        const stock = !hot ? 1 : nrBalanceFailed > cacheNiceTries ? 2 : 0;
        const confident = adaptation.confident;
        said = adaptation.take(query.row, stock, now);
        return parameters.act === 1 && confident ? acting.decide!(query) : stock;
      },
    };
  };
  return {
    factory: Object.assign(make, { parameters: ADAPT_PARAMETERS }),
    report: () => last && { events: last.events, log: last.log },
  };
}
