import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Parameters of a container. */
export interface ContainerSetup {
  readonly root: string
  readonly archives: string
  /** The mount point of its volume outside the container; undefined: no volume. */
  readonly volume: string | undefined
  /** Unique on the machine; also names the container's network interface. */
  readonly machine: string
  readonly name: string
  readonly bridge: string
  readonly checkout: string | undefined
  readonly nodeBinary: string | undefined
}

/** The read-only path of the checkout inside a host. */
const CHECKOUT_INSIDE = '/opt/saltern'
/** The mount point of a host's volume inside the host. */
export const VOLUME_INSIDE = '/srv/volume'

/** Returns the argv that boots a container (pure). The outer systemd, if any, does not know about it. */
export function nspawnArgv(setup: ContainerSetup): readonly string[] {
  return [
    'systemd-nspawn',
    '--quiet',
    '--boot',
    `--directory=${setup.root}`,
    `--machine=${setup.machine}`,
    `--hostname=${setup.name}`,
    `--network-bridge=${setup.bridge}`,
    '--register=no',
    '--keep-unit',
    '--console=read-only',
    '--resolv-conf=off',
    '--timezone=off',
    '--link-journal=no',
    `--bind=${escaped(setup.archives)}:/var/cache/apt/archives`,
    ...(setup.volume === undefined ? [] : [`--bind=${escaped(setup.volume)}:${VOLUME_INSIDE}`]),
    ...(setup.checkout === undefined ? [] : [`--bind-ro=${escaped(setup.checkout)}:${CHECKOUT_INSIDE}`]),
    ...(setup.nodeBinary === undefined ? [] : [`--bind-ro=${escaped(setup.nodeBinary)}:/usr/local/bin/node`]),
  ]
}

/** Finds the init process of the container, once it has become systemd. */
export async function leaderOf(nspawnPid: number): Promise<number | undefined> {
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const status = await readFile(`/proc/${name}/status`, 'utf8').catch(() => '')
    const isLeader =
      status.startsWith('Name:\tsystemd\n') &&
      status.includes(`\nPPid:\t${nspawnPid}\n`) &&
      /^NSpid:\t.*\t1$/m.test(status)
    if (isLeader) return Number(name)
  }
  return undefined
}

export interface Identity {
  readonly name: string
  readonly address: string
  /** The proxy through which apt inside reaches the mirrors. */
  readonly proxy: string
}

/**
 * Turns a fresh disk into the disk of one host. A unit of the host itself sets the address before any service may want to bind
 * it: set from outside, it would appear at a random moment of the boot.
 */
export async function personalise(root: string, { name, address, proxy }: Identity): Promise<void> {
  const unit = 'etc/systemd/system/lab-address.service'
  const files: Readonly<Record<string, string>> = {
    'etc/hostname': `${name}\n`,
    'etc/hosts': `127.0.0.1 localhost\n::1 localhost ip6-localhost\n${address} ${name}\n`,
    // Equal ids would give hosts equal link addresses, and a network that loses packets.
    'etc/machine-id': `${randomBytes(16).toString('hex')}\n`,
    'etc/apt/apt.conf.d/90lab-proxy': `Acquire::http::Proxy "${proxy}";\nAcquire::https::Proxy "${proxy}";\n`,
    [unit]: addressUnit(address),
  }
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  const wants = join(root, 'etc/systemd/system/sysinit.target.wants')
  await mkdir(wants, { recursive: true })
  await symlink(`/${unit}`, join(wants, 'lab-address.service'))
}

function addressUnit(address: string): string {
  return `[Unit]
Description=Address of this test host
DefaultDependencies=no
Wants=network-pre.target
Before=network-pre.target network.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/ip address replace ${address}/24 brd + dev host0
ExecStart=/bin/ip link set host0 up

[Install]
WantedBy=sysinit.target
`
}

/** Escapes a path, because nspawn splits bind arguments at colons. */
function escaped(path: string): string {
  return path.replaceAll('\\', '\\\\').replaceAll(':', '\\:')
}
