import { cdktfContract } from "./contract";

cdktfContract("cdktn");
