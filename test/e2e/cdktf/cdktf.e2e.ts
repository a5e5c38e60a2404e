import { cdktfContract } from "./contract";

cdktfContract("cdktf");
