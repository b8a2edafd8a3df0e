import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'

/** The content of an IRR set; a test may change it. */
interface IrrSet {
  v4: readonly string[]
  v6: readonly string[]
}

export interface IrrStandIn {
  readonly port: number
  /** Sets by name, such as `AS-EXAMPLE`. */
  readonly sets: Map<string, IrrSet>
  close(): Promise<void>
}

/** Starts an IRR server for bgpq4. Each set has one member, AS 199036, whose routes are those of the set. */
export async function openIrr(host: string): Promise<IrrStandIn> {
  const sets = new Map<string, IrrSet>()
  const sockets = new Set<Socket>()
  const server: Server = createServer(socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    let rest = ''
    let last = ''
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const [, set] = /^!i(\S+?)(,1)?$/.exec(line.trim()) ?? []
        if (set !== undefined) last = set
        const answer = answerTo(line.trim(), sets, last)
        if (answer !== undefined) socket.write(answer)
        if (line.trim() === '!q') socket.end()
      }
    })
  })
  server.listen(0, host)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the IRR stand-in has no port')
  return {
    port: address.port,
    sets,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Answers in the IRRd protocol: `A` and a length before data, `C` for done, `D` for not found. */
function answerTo(line: string, sets: ReadonlyMap<string, IrrSet>, last: string): string | undefined {
  if (line === '!!' || line === '') return undefined
  if (line.startsWith('!i')) return sets.has(last) ? data('AS199036') : 'D\n'
  const [, family] = /^!([g6])as\d+$/i.exec(line) ?? []
  if (family !== undefined) {
    const routes = (family === 'g' ? sets.get(last)?.v4 : sets.get(last)?.v6) ?? []
    return routes.length === 0 ? 'D\n' : data(routes.join(' '))
  }
  if (line === '!s-lc') return data('STANDIN')
  return line === '!q' ? undefined : line.startsWith('!a') ? 'F unsupported\n' : 'C\n'
}

function data(text: string): string {
  return `A${text.length + 1}\n${text}\nC\n`
}
