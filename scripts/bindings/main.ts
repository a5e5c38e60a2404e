import { ironicProvider } from "../../src/provider";
import { bindings } from "./index";

/** What {@link bindings} gives for this package's own provider. */
export const files = bindings(ironicProvider({}));
