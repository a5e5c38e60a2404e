#!/usr/bin/env node
import { serve } from "../tfplugin";
import { ironicProvider } from "./provider";

void serve(ironicProvider());
