import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { appendFileSync, createWriteStream, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { AGENT_PORT, MACHINE } from "./network";
import type { Root } from "./root";

/** The MAC address, by which Ironic knows the agent. */
export const MAC = "52:54:00:12:34:56";

export const BOOT_TARGETS = ["None", "Cd", "Hdd", "Pxe"] as const;
export const RESET_TYPES = ["On", "ForceOff", "GracefulShutdown", "ForceRestart", "GracefulRestart"] as const;
export type ResetType = (typeof RESET_TYPES)[number];

export interface BootOverride {
  readonly BootSourceOverrideEnabled: "Disabled" | "Once" | "Continuous";
  readonly BootSourceOverrideTarget: (typeof BOOT_TARGETS)[number];
  readonly BootSourceOverrideMode: "UEFI";
}

const NO_OVERRIDE: BootOverride = {
  BootSourceOverrideEnabled: "Disabled",
  BootSourceOverrideTarget: "None",
  BootSourceOverrideMode: "UEFI",
};
// The agent takes no disk below 4 GiB.
const DISK = "6G";
const MEMORY_MIB = 2048;

/**
 * One machine with a disk, a CD drive, a network card and a serial console: qemu with UEFI firmware under software emulation,
 * which is the same wherever it runs. Disk, firmware variables, medium and boot override outlive a power cycle.
 */
export class Machine {
  /** The serial console: what each power-on printed, below a line that this class writes. */
  readonly console: string;
  /** The disk, as programs in the root name it. */
  readonly disk = "/srv/machine/disk.qcow2";
  readonly #root: Root;
  readonly #folder: string;
  readonly #note: (text: string) => void;
  #qemu: ChildProcessWithoutNullStreams | undefined;
  #image: string | undefined;
  #boot = NO_OVERRIDE;
  #queue: Promise<unknown> = Promise.resolve();

  /** @param note takes a line for the log about everything that happens */
  constructor(root: Root, note: (text: string) => void) {
    this.#root = root;
    this.#note = note;
    this.#folder = join(root.srv, "machine");
    this.console = join(this.#folder, "console.log");
    mkdirSync(this.#folder);
  }

  get isOn(): boolean {
    return this.#qemu !== undefined;
  }

  /** The URL of the medium in the CD drive. */
  get image(): string | undefined {
    return this.#image;
  }

  get boot(): BootOverride {
    return this.#boot;
  }

  setBoot(change: Partial<BootOverride>): void {
    this.#boot = { ...this.#boot, ...change };
    this.#note(`boot ${JSON.stringify(change)}`);
  }

  /** As new: switched off, an empty disk, the firmware's variables as they were shipped, no medium, an empty console. */
  renew(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#stop();
      this.#image = undefined;
      this.#boot = NO_OVERRIDE;
      for (const name of ["disk.qcow2", "console.log", "cd.iso"]) rmSync(join(this.#folder, name), { force: true });
      await this.#root.output("qemu-img", ["create", "-q", "-f", "qcow2", this.disk, DISK]);
      await this.#root.output("cp", ["/usr/share/OVMF/OVMF_VARS_4M.fd", "/srv/machine/vars.fd"]);
      this.#note("a new machine");
    });
  }

  reset(type: ResetType): Promise<void> {
    return this.#inTurn(async () => {
      this.#note(`reset ${type}`);
      if (type === "On") return this.#start();
      if (type === "ForceOff") return this.#stop();
      if (type === "GracefulShutdown") return this.#monitor("system_powerdown");
      await this.#stop();
      this.#start();
    });
  }

  /** Downloads the medium and puts it into the drive. */
  insert(url: string): Promise<void> {
    return this.#inTurn(async () => {
      const part = join(this.#folder, "cd.part");
      const response = await fetch(url, { signal: AbortSignal.timeout(120_000) });
      if (!response.ok || !response.body) throw new Error(`${url} answers ${response.status}`);
      await pipeline(Readable.fromWeb(response.body), createWriteStream(part));
      renameSync(part, join(this.#folder, "cd.iso"));
      this.#image = url;
      this.#note(`inserted ${url}`);
      const change = { id: "cd0", filename: "/srv/machine/cd.iso", format: "raw" };
      if (this.isOn) await this.#monitor("blockdev-change-medium", change);
    });
  }

  eject(): Promise<void> {
    return this.#inTurn(async () => {
      this.#note(`ejected ${this.#image ?? "nothing"}`);
      this.#image = undefined;
      if (this.isOn) await this.#monitor("eject", { id: "cd0", force: true });
    });
  }

  /** Switches the machine off. */
  stop(): Promise<void> {
    return this.#inTurn(() => this.#stop());
  }

  /** One operation at a time, in the order of the requests. */
  #inTurn<T>(work: () => Promise<T> | T): Promise<T> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => undefined);
    return done;
  }

  #start(): void {
    if (this.isOn) return;
    const { BootSourceOverrideEnabled: enabled, BootSourceOverrideTarget: target } = this.#boot;
    const override = enabled === "Disabled" ? "None" : target;
    const fromCd = override === "Cd" && this.#image !== undefined;
    const line = `power on, override ${override}, cd ${this.#image ?? "none"}`;
    appendFileSync(this.console, `\r\n${POWER_ON} ${line}\r\n`);
    const [command = "", ...argv] = this.#root.command(
      "qemu-system-x86_64",
      qemuArguments(this.#image !== undefined, fromCd),
    );
    const qemu = spawn(command, argv, { stdio: ["pipe", "pipe", "pipe"] });
    this.#qemu = qemu;
    qemu.stdin.on("error", () => undefined);
    createInterface(qemu.stdout).on("line", (text) => {
      if (text.includes('"error"')) this.#note(`qemu: ${text}`);
    });
    createInterface(qemu.stderr).on("line", (text) => this.#note(`qemu: ${text}`));
    qemu.on("error", (error) => this.#note(`qemu cannot be started: ${error.message}`));
    qemu.on("close", (code, signal) => {
      if (this.#qemu === qemu) this.#qemu = undefined;
      this.#note(`off (qemu ended with ${code ?? signal})`);
    });
    // Commands are taken only after this one.
    qemu.stdin.write('{"execute":"qmp_capabilities"}\n');
    this.#note(line);
    if (enabled === "Once") this.#boot = NO_OVERRIDE;
  }

  async #stop(): Promise<void> {
    const qemu = this.#qemu;
    if (qemu === undefined) return;
    // On SIGTERM qemu writes what it holds of the disk and ends.
    qemu.kill("SIGTERM");
    for (let waited = 0; this.#qemu === qemu; waited += 50) {
      if (waited === 10_000) qemu.kill("SIGKILL");
      await delay(50);
    }
  }

  /** A command to qemu's monitor (QMP), which is on its standard input and output. */
  async #monitor(execute: string, argument?: Readonly<Record<string, unknown>>): Promise<void> {
    this.#note(`monitor ${execute}`);
    this.#qemu?.stdin.write(`${JSON.stringify({ execute, ...(argument && { arguments: argument }) })}\n`);
    // The medium's change is not visible to the guest at once.
    await delay(200);
  }
}

/** How the console's part of each power-on begins. */
export const POWER_ON = "=== METAL";

function qemuArguments(hasMedium: boolean, fromCd: boolean): string[] {
  const [disk, cd] = fromCd ? [2, 1] : [1, 2];
  return [
    ...["-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max,la57=off", "-smp", "2", "-m", String(MEMORY_MIB)],
    ...["-nodefaults", "-display", "none", "-name", "metal", "-qmp", "stdio"],
    ...["-drive", "if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd"],
    ...["-drive", "if=pflash,format=raw,file=/srv/machine/vars.fd"],
    ...["-chardev", "file,id=serial,append=on,path=/srv/machine/console.log", "-serial", "chardev:serial"],
    ...["-object", "rng-random,id=rng,filename=/dev/urandom", "-device", "virtio-rng-pci,rng=rng"],
    ...["-drive", "if=none,id=hd0,format=qcow2,cache=unsafe,discard=unmap,file=/srv/machine/disk.qcow2"],
    ...["-device", `virtio-blk-pci,drive=hd0,serial=metal0,bootindex=${disk}`],
    ...["-drive", `if=none,id=cd,media=cdrom,readonly=on${hasMedium ? ",format=raw,file=/srv/machine/cd.iso" : ""}`],
    ...["-device", `ide-cd,drive=cd,id=cd0,bus=ide.0,bootindex=${cd}`],
    ...["-netdev", `user,id=net0,hostfwd=tcp:${MACHINE}:${AGENT_PORT}-${MACHINE}:${AGENT_PORT}`],
    ...["-device", `virtio-net-pci,netdev=net0,romfile=,mac=${MAC}`],
  ];
}
