import { serve } from "../../src/tfplugin";
import { toyProvider } from "./toy-provider";

void serve(toyProvider());
