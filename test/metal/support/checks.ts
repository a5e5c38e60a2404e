import type { VariantReport } from "./report";

/** What the checks of one variant tell. */
export interface CheckEvents {
  onStart(name: string): void;
  /** @param goesOn whether the checks behind it are done all the same */
  onFailure(name: string, error: Error, goesOn: boolean): Promise<void>;
}

/**
 * Jest tests that are the steps of one story, each with a bound in seconds. Behind a step that failed the others fail at once;
 * an observation that failed leaves the story as it is. All of them go into the variant's report.
 */
export class Checks {
  readonly #report: VariantReport;
  readonly #events: CheckEvents;
  #blocked: string | undefined;

  constructor(report: VariantReport, events: CheckEvents) {
    this.#report = report;
    this.#events = events;
  }

  step(name: string, seconds: number, work: () => Promise<void>): void {
    this.#check(name, seconds, work, false);
  }

  observe(name: string, seconds: number, work: () => Promise<void>): void {
    this.#check(name, seconds, work, true);
  }

  #check(name: string, seconds: number, work: () => Promise<void>, goesOn: boolean): void {
    this.#report.checks += 1;
    const run = async () => {
      if (this.#blocked !== undefined) throw notReached(this.#blocked);
      const started = Date.now();
      this.#events.onStart(name);
      try {
        await within(seconds, work());
        this.#report.passed.push(name);
      } catch (error) {
        this.#report.failures.push(name);
        if (!goesOn) this.#blocked = name;
        await this.#events.onFailure(name, error as Error, goesOn);
        throw error;
      } finally {
        this.#report.phases.push({ name, seconds: (Date.now() - started) / 1000 });
      }
    };
    // Jest's own bound lets what it stops go on in the background.
    test(name, run, (seconds + 30) * 1000);
  }
}

/** Without a stack: jest would print the code around it once for each check. */
function notReached(cause: string): Error {
  const error = new Error(`not reached: "${cause}" failed`);
  error.stack = error.message;
  return error;
}

async function within(seconds: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${seconds} s`)), seconds * 1000);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
