import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { PLAIN_ENV } from './program.ts'

/** Every program the lab and its tests call that a fresh Debian may lack, and the Debian package that brings it. */
const TOOLS: Readonly<Record<string, string>> = {
  'systemd-nspawn': 'systemd-container',
  debootstrap: 'debootstrap',
  ip: 'iproute2',
  tinyproxy: 'tinyproxy-bin',
  flock: 'util-linux',
  mount: 'mount',
  'mkfs.ext4': 'e2fsprogs',
  'dpkg-deb': 'dpkg',
  lintian: 'lintian',
  git: 'git',
  tmux: 'tmux',
}

export interface MissingTools {
  /** Debian packages to install; empty when nothing is missing. */
  readonly packages: readonly string[]
  /** The command that installs them, to be shown or run. */
  readonly command: string
}

/** Lists what the machine lacks to run a lab. */
export function missingTools(): MissingTools {
  const missing = Object.entries(TOOLS).filter(([program]) => !isInstalled(program))
  const packages = [...new Set(missing.map(([, pkg]) => pkg))]
  return { packages, command: `apt-get install -y --no-install-recommends ${packages.join(' ')}` }
}

function isInstalled(program: string): boolean {
  return (PLAIN_ENV['PATH'] ?? '').split(':').some(directory => {
    try {
      accessSync(join(directory, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
