import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** What a container is started with. */
export interface ContainerSetup {
  readonly root: string
  readonly archives: string
  /** The mount point of its volume outside; undefined: it has none. */
  readonly volume: string | undefined
  /** Unique on the machine; names the container's end of the network too. */
  readonly machine: string
  readonly name: string
  readonly bridge: string
  readonly checkout: string | undefined
  readonly nodeBinary: string | undefined
}

/** Where the checkout is seen inside a host, read-only. */
const CHECKOUT_INSIDE = '/opt/saltern'
/** Where a host finds the volume that it was made with. */
export const VOLUME_INSIDE = '/srv/volume'

/** The argv that boots a container (pure). Nothing of it is known to the outside's systemd, if there is one. */
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

/** The process that is number 1 inside, once it has become systemd. */
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
  /** Where apt inside finds the mirrors. */
  readonly proxy: string
}

/**
 * Makes a fresh disk the disk of one host. The address is set by a unit of the host itself, before anything that may
 * want to bind it: given from outside it would come at a random moment of the boot.
 */
export async function personalise(root: string, { name, address, proxy }: Identity): Promise<void> {
  const unit = 'etc/systemd/system/lab-address.service'
  const files: Readonly<Record<string, string>> = {
    'etc/hostname': `${name}\n`,
    'etc/hosts': `127.0.0.1 localhost\n::1 localhost ip6-localhost\n${address} ${name}\n`,
    // Equal ones would give hosts equal link addresses, and a network that loses packets.
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

/** nspawn splits its bind arguments at colons. */
function escaped(path: string): string {
  return path.replaceAll('\\', '\\\\').replaceAll(':', '\\:')
}
