import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Catalog } from '../../protocol/catalog.ts'
import {
  type CertificateSeen,
  type ListeningSocket,
  OBSERVATION_LIMITS,
  type Observations,
} from '../../protocol/observations.ts'
import type { SystemReader } from '../../states/system.ts'
import { hostAddresses } from '../grains/addresses.ts'
import { parseMounts } from './mounts.ts'
import { askPorts } from './probe-ports.ts'
import { parseSockets } from './sockets.ts'

/** Observes the current state of this host. What cannot be read is left out, so observing never fails a run. */
export async function observeHost(
  catalog: Catalog,
  system: Pick<SystemReader, 'readText'>,
  now: () => number,
): Promise<Observations> {
  const tables = await Promise.all(
    (['tcp', 'tcp6', 'udp', 'udp6'] as const).map(async name => {
      return parseSockets(name.startsWith('tcp') ? 'tcp' : 'udp', await textOf(`/proc/net/${name}`))
    }),
  )
  const sockets = uniqueSockets(tables.flat())
  return bounded({
    sockets,
    mounts: parseMounts(await textOf('/proc/self/mountinfo')),
    addresses: hostAddresses(),
    answers: await askPorts((catalog.probes ?? []).slice(0, OBSERVATION_LIMITS.answers), sockets),
    certificates: await seeCertificates(catalog, system),
    at: new Date(now()).toISOString(),
  })
}

/** The same with each list no longer than its limit. Pure. */
export function bounded(seen: Omit<Observations, 'cut'>): Observations {
  const { sockets, mounts, addresses, answers, certificates } = OBSERVATION_LIMITS
  const cut = {
    ...seen,
    sockets: seen.sockets.slice(0, sockets),
    mounts: seen.mounts.slice(0, mounts),
    addresses: seen.addresses.slice(0, addresses),
    answers: seen.answers.slice(0, answers),
    certificates: seen.certificates.slice(0, certificates),
  }
  const isCut =
    seen.sockets.length > sockets ||
    seen.mounts.length > mounts ||
    seen.addresses.length > addresses ||
    seen.answers.length > answers ||
    seen.certificates.length > certificates
  return isCut ? { ...cut, cut: true } : cut
}

/** Removes duplicates and sorts by port. Pure. */
function uniqueSockets(sockets: readonly ListeningSocket[]): readonly ListeningSocket[] {
  const byText = new Map(sockets.map(socket => [`${socket.proto} ${socket.address} ${socket.port}`, socket]))
  return [...byText.entries()]
    .sort(([a, one], [b, other]) => one.port - other.port || (a < b ? -1 : 1))
    .map(([, one]) => one)
}

async function seeCertificates(
  { states }: Catalog,
  system: Pick<SystemReader, 'readText'>,
): Promise<readonly CertificateSeen[]> {
  const own = states.filter(({ type }) => type === 'tls.certificate')
  return Promise.all(
    own.slice(0, OBSERVATION_LIMITS.certificates + 1).map(async ({ key, params }): Promise<CertificateSeen> => {
      const path = typeof params['cert'] === 'string' ? params['cert'] : ''
      const pem = await system.readText(path).catch(() => undefined)
      const notAfter = pem === undefined ? undefined : endOf(pem)
      return { state: key, path, ...(notAfter === undefined ? {} : { notAfter }) }
    }),
  )
}

function endOf(pem: string): string | undefined {
  try {
    return new Date(new X509Certificate(pem).validTo).toISOString()
  } catch {
    return undefined
  }
}

function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}
