import { serve } from "../../src/tfplugin";
import { nullProvider } from "./null-provider";

void serve(nullProvider());
