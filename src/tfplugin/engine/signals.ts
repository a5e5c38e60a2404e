import { setMaxListeners } from "node:events";

/** An AbortController whose signal takes any number of listeners: as many calls at a time are not a leak. */
export function abortController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

/** One for all calls: an abort without a reason makes an error with a stack each time. */
const ENDED = new DOMException("The call has ended", "AbortError");

/**
 * The signal of one call. It is aborted with the provider's, and when the call ends: an error beside a hook ends its call
 * while the hook itself still waits for something.
 */
export function childSignal(parent: AbortSignal): { readonly signal: AbortSignal; end(): void } {
  const controller = abortController();
  const abort = () => controller.abort(parent.reason);
  if (parent.aborted) abort();
  else parent.addEventListener("abort", abort, { once: true });
  return {
    signal: controller.signal,
    end() {
      parent.removeEventListener("abort", abort);
      controller.abort(ENDED);
    },
  };
}
