import { isIP } from 'node:net'
import { basename } from 'node:path'
import { AppError } from '../../protocol/errors.ts'
import { isMinionId } from '../../protocol/ids.ts'

/** One side of `master cp`. */
type Place = { readonly target: string; readonly path: string } | { readonly path: string }

/** The request of `master cp FROM TO`. */
export interface CopyWish {
  readonly way: 'get' | 'put'
  /** Target words; the id of one minion stands for that minion alone. */
  readonly target: string
  readonly from: string
  readonly to: string
}

/**
 * Parses `db1:/etc/hosts` and a local path, in either order. A name that ends with a slash is a directory to copy into. Throws
 * USAGE. Pure.
 */
export function parseCopy(from: string, to: string): CopyWish {
  const [source, destination] = [parsePlace(from), parsePlace(to)]
  if ('target' in source === 'target' in destination) {
    throw usage(
      'target' in source ? 'both paths are on minions' : 'neither path is on a minion',
      'Name minions on one side: `master cp app.conf db1:/etc/app.conf`, or `master cp db1:/var/log/syslog .`',
    )
  }
  if ('target' in source) return { way: 'get', target: source.target, from: source.path, to: destination.path }
  const { target, path } = destination as Extract<Place, { readonly target: string }>
  return { way: 'put', target, from: source.path, to: path.endsWith('/') ? `${path}${basename(source.path)}` : path }
}

/** Parses `3306`, a port of the minion itself, or `10.0.0.5:80`, an address that the minion can reach. Throws USAGE. Pure. */
export function parsePort(text: string): { readonly host: string; readonly port: number } {
  const { host, port } = addressOf(text) ?? {}
  if (port !== undefined && port > 0) return { host: host ?? '127.0.0.1', port }
  throw usage(
    `a port is a number from 1 to 65535, or \`HOST:PORT\`, got \`${text.slice(0, 80)}\``,
    'For example, write `3306`.',
  )
}

/**
 * Parses the local address for `master forward`. Loopback only: anyone who can reach it can reach the minion's port. Throws
 * USAGE. Pure.
 */
export function parseListenAt(text: string): { readonly host: string; readonly port: number } {
  const { host = '127.0.0.1', port } = addressOf(text) ?? {}
  const isLoopback = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
  if (port !== undefined && isLoopback) return { host, port }
  throw usage(
    port === undefined
      ? `a listen address must be \`PORT\` or \`127.0.0.1:PORT\`, got \`${text.slice(0, 80)}\``
      : `\`${host}\` is not a loopback address: everyone who reaches it would reach the minion's port without authentication`,
    'For example, write `--listen 127.0.0.1:13306`; for another host use ssh through `master ssh-config`.',
  )
}

/** Parses `8080`, `host:8080` or `[::1]:8080`. */
function addressOf(text: string): { readonly host?: string; readonly port: number } | undefined {
  const [, bracketed, plain, digits] = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):)?(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  if (digits === undefined || port > 65_535) return undefined
  return host === undefined ? { port } : { host, port }
}

/**
 * What stands before `:/` is target words. A local path with a colon in its first part is written `./a:b`, as for scp, and `@FILE`
 * of a target may have a path.
 */
function parsePlace(text: string): Place {
  if (text === '') throw usage('a path is empty', 'For example, type `master cp app.conf db1:/etc/app.conf`.')
  const colon = text.includes(':/') ? text.indexOf(':/') : text.indexOf(':')
  const target = text.slice(0, Math.max(colon, 0))
  if (colon < 1 || (target.includes('/') && !target.startsWith('@'))) return { path: text }
  if (target.startsWith('-')) {
    const hint = `Write a local file with a colon in its name as \`./${text.slice(0, 80)}\`.`
    throw usage(`\`${target.slice(0, 80)}\` is not a target`, hint)
  }
  const path = text.slice(colon + 1)
  if (path.startsWith('/') && !path.includes('\0')) return { target, path }
  throw usage(
    `a path on a minion begins with \`/\`, got \`${path.slice(0, 80)}\``,
    isMinionId(target)
      ? `For example, write \`${target}:/root/${path.slice(0, 80)}\`.`
      : `Write a local file with a colon in its name as \`./${text.slice(0, 80)}\`.`,
  )
}

function usage(message: string, hint: string): AppError {
  return new AppError({ code: 'USAGE', message, hint })
}
