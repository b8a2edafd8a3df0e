import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { connect } from 'node:tls'
import { formatHostPort, parseHostPort } from '../../../protocol/host-port.ts'
import type { AddressFacts, ListenFacts } from '../network.ts'
import { bounded, runProgram } from './bounded.ts'

const NAME_MS = 4000
const CONNECT_MS = 3000

/** Resolves the advertised address as programs of this machine do. */
export async function addressFacts(
  { address, isGuess }: { readonly address: string; readonly isGuess: boolean },
  settings: string,
): Promise<AddressFacts> {
  const { host } = parseHostPort(address, 0) ?? { host: address }
  const isName = isIP(host) === 0
  const resolved = isName
    ? await bounded(NAME_MS, async signal => firstColumn((await runProgram(['getent', 'ahosts', host], signal)).out))
    : { value: [host] }
  const first = 'value' in resolved ? resolved.value[0] : undefined
  const reverse =
    first === undefined || !isName
      ? { value: [] }
      : await bounded(NAME_MS, async signal => namesIn((await runProgram(['getent', 'hosts', first], signal)).out))
  const own = Object.values(networkInterfaces()).flatMap(list => (list ?? []).map(one => one.address))
  return { address, host, isName, isGuess, settings, own, resolved, reverse }
}

function firstColumn(out: string): readonly string[] {
  const found = out.split('\n').flatMap(line => /^\S+/.exec(line) ?? [])
  return [...new Set(found)]
}

function namesIn(out: string): readonly string[] {
  return out
    .split('\n')
    .flatMap(line => line.split(/\s+/).slice(1))
    .filter(name => name !== '')
}

/** Connects to where the master listens, and to its advertised address if that has been resolved. `own`: its certificate. */
export async function listenFacts(
  listen: string,
  { address, resolved }: Pick<AddressFacts, 'address' | 'resolved'>,
  own: X509Certificate | undefined,
): Promise<readonly ListenFacts[]> {
  const local = parseHostPort(listen, 0)
  const [outer] = 'value' in resolved ? resolved.value : []
  const port = parseHostPort(address, local?.port ?? 0)?.port ?? 0
  const places = [
    ...(local === undefined ? [] : [{ address: listen, host: loopbackOf(local.host), port: local.port }]),
    ...(outer === undefined || address === listen ? [] : [{ address, host: outer, port }]),
  ]
  return await Promise.all(places.map(async place => ({ address: place.address, ...(await answerAt(place, own)) })))
}

/** A socket that is bound to every address is also on loopback. */
function loopbackOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}

type Answer = Omit<ListenFacts, 'address'>

/** `host` is an address: the resolver of this process could not be stopped. */
function answerAt(
  { host, port }: { readonly host: string; readonly port: number },
  own: X509Certificate | undefined,
): Promise<Answer> {
  return new Promise(resolve => {
    const socket = connect({ host, port, rejectUnauthorized: false, minVersion: 'TLSv1.3' })
    const end = (answer: Answer): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answer)
    }
    const timer = setTimeout(() => end({ answer: 'silent' }), CONNECT_MS)
    socket.once('error', (error: NodeJS.ErrnoException) => {
      const { code = '', message } = error
      const isOther = code === 'EPROTO' || code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS')
      end({ answer: isOther ? 'other' : 'closed', why: isOther ? 'no TLS 1.3' : code === '' ? message : code })
    })
    socket.once('secureConnect', () => {
      const peer = socket.getPeerX509Certificate()
      if (own === undefined) return end({ answer: 'unidentified' })
      if (peer?.fingerprint256 === own.fingerprint256) return end({ answer: 'master' })
      end({
        answer: 'other',
        why: `the certificate of ${formatHostPort({ host, port })} is not the one of this master`,
      })
    })
  })
}
