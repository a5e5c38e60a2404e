import { ironicProvider } from "../../src/provider";
import { bindings } from "./index";

/** The {@link bindings} of this package's provider. */
export const files = bindings(ironicProvider({}));
