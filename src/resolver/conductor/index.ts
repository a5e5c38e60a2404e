export { type Conductor, type Diagnosis, diagnose, type Way, type WayReport } from "./diagnose";
