import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { build } from '../../cli/setup/infra/build.ts'
import { programIn, serverCache } from '../../cli/setup/infra/programs.ts'

const linux = join(serverCache, 'linux')
const MODULES = 'lib/modules/*/kernel/{drivers/virtio,fs/{9p,fscache,netfs,overlayfs},net/9p}/*.ko'
const QEMU = 'qemu-system-x86_64'

/** Why no virtual machine is started here, with the command that helps; null when one can be. */
export const machineMissing = (): string | null => {
  if (!process.env.CGROUP_V2) return 'tried by ./deploy.sh test --cgroup-v2'
  if (process.getuid?.() !== 0) return 'a virtual machine with the files of this one needs root'
  if (/^\/(tmp|run|dev\/shm)\//.test(import.meta.dirname))
    return 'the virtual machine has a /tmp, /run and /dev/shm of its own'
  if (process.arch !== 'x64') return 'the virtual machine is for x64 only'
  const lacking = [QEMU, 'busybox', 'apt-get'].find((name) => !programIn(name))
  return lacking ? `no ${lacking}: install it with sudo apt-get install -y qemu-system-x86 busybox-static` : null
}

/** Fetches Debian's kernel, once for this machine; it is unpacked, not installed. */
export const obtainLinux = (): Promise<void> => {
  const script = `cd "$(mktemp -d)" && apt-get update -q &&
    name=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \\(linux-image-[^ ]*\\)$/\\1/p' | head -n 1) &&
    apt-get download "$name" && rm -rf "$0.part" && dpkg -x ./*.deb "$0.part" && rm -r "$PWD"`
  return build('linux', linux, ['bash', '-c', script, linux])
}

/**
 * Runs a shell script as root in a virtual machine that sees the files of this one, writes to its own memory only, and
 * has a kernel with cgroup v2 alone. Resolves to what the script wrote to the file /mnt/share/told; throws what it said
 * where there is no such file.
 */
export const inMachine = async (script: string): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'greenroom-machine-'))
  try {
    const share = join(folder, 'share')
    mkdirSync(share)
    copyFileSync(join(import.meta.dirname, 'main.sh'), join(share, 'main.sh'))
    writeFileSync(join(share, 'task.sh'), script)
    const machine = spawn(QEMU, machineArguments(initramfs(folder), share), { stdio: ['ignore', 'ignore', 'inherit'] })
    await once(machine, 'exit')
    if (existsSync(join(share, 'told'))) return readFileSync(join(share, 'told'), 'utf8')
    const said = ['console', 'said'].map((name) => join(share, name)).filter((path) => existsSync(path))
    throw new TypeError(`The machine told nothing: ${said.map((path) => readFileSync(path, 'utf8')).join('\n')}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

// An emulated CPU with memory protection keys makes V8 give up.
const MACHINE = '-accel tcg,thread=multi -cpu max,-pku -smp 2 -m 3072 -nodefaults -display none -no-reboot'
// The clocks of a machine that is seldom given a CPU look broken.
const KERNEL = 'quiet console=ttyS0 no_timer_check cgroup_no_v1=all panic=-1'

const machineArguments = (initrd: string, share: string) => [
  ...MACHINE.split(' '),
  ...['-serial', `file:${join(share, 'console')}`],
  ...['-kernel', globSync(join(linux, 'boot/vmlinuz-*'))[0]!, '-initrd', initrd, '-append', KERNEL],
  ...folderShown('host', '/', 'readonly=on,multidevs=remap'),
  ...folderShown('share', share, 'readonly=off'),
]

const folderShown = (name: string, path: string, options: string) => [
  ...['-fsdev', `local,id=${name},path=${path},security_model=none,${options}`],
  ...['-device', `virtio-9p-pci,fsdev=${name},mount_tag=${name}`],
]

/** The few files that the kernel starts with, which get hold of all others. */
const initramfs = (folder: string): string => {
  const files = join(folder, 'first')
  for (const name of ['bin', 'modules', 'proc', 'sys', 'dev']) mkdirSync(join(files, name), { recursive: true })
  copyFileSync(programIn('busybox')!, join(files, 'bin/busybox'))
  copyFileSync(join(import.meta.dirname, 'init.sh'), join(files, 'init'))
  for (const path of globSync(join(linux, MODULES))) copyFileSync(path, join(files, 'modules', basename(path)))
  const made = join(folder, 'initramfs')
  const { status, stderr } = spawnSync('sh', ['-c', 'find . | busybox cpio -o -H newc >"$0"', made], {
    cwd: files,
    encoding: 'utf8',
  })
  if (status !== 0) throw new TypeError(`The first files of the machine could not be packed: ${stderr}`)
  return made
}
