import { createServer, type Server, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/** A mail as received by a server. */
export interface TakenMail {
  readonly from: string
  readonly to: readonly string[]
  /** Header and body, dots unstuffed. */
  readonly raw: string
  readonly tls: boolean
  readonly login: { readonly user: string; readonly password: string } | undefined
}

export interface SinkOptions {
  readonly port?: number
  /** The listening address; default `127.0.0.1`. */
  readonly host?: string
  /** Offers STARTTLS with this key and certificate. */
  readonly tls?: { readonly key: string; readonly cert: string }
  /** Offers AUTH, and refuses mail without it. */
  readonly auth?: boolean
  /** The answer to a login; `%` stands for what the client sent. */
  readonly authAnswer?: string
  /** An address that the server does not know. */
  readonly unknown?: string
}

export interface SmtpSink {
  readonly port: number
  readonly mails: TakenMail[]
  /** Every line that a client sent outside of a mail. */
  readonly said: string[]
  close(): Promise<void>
}

/** Starts a small strict SMTP server: a command out of order, a bare newline or a long line is an error, as with a real one. */
export async function openSmtpSink(options: SinkOptions = {}): Promise<SmtpSink> {
  const mails: TakenMail[] = []
  const said: string[] = []
  const sockets = new Set<Socket>()
  const server: Server = createServer(socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
    talk(socket, { options, mails, said })
  })
  await new Promise<void>(resolve => server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    mails,
    said,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

interface Talk {
  readonly options: SinkOptions
  readonly mails: TakenMail[]
  readonly said: string[]
}

function talk(plain: Socket, { options, mails, said }: Talk): void {
  let socket: Socket = plain
  let secure = false
  let rest = ''
  let greeted = false
  let from: string | undefined
  let to: string[] = []
  let data: string[] | undefined
  let login: TakenMail['login']
  const answer = (text: string): void => void socket.write(`${text}\r\n`)
  const onLine = (line: string): void => {
    if (data !== undefined) {
      if (line !== '.') return void data.push(line.startsWith('.') ? line.slice(1) : line)
      mails.push({ from: from ?? '', to, raw: data.join('\r\n'), tls: secure, login })
      data = undefined
      from = undefined
      to = []
      return answer('250 taken')
    }
    said.push(line)
    const [verb = ''] = line.split(' ')
    switch (verb.toUpperCase()) {
      case 'EHLO':
        greeted = true
        answer('250-sink')
        if (options.tls !== undefined && !secure) answer('250-STARTTLS')
        if (options.auth === true) answer('250-AUTH PLAIN')
        return answer('250 8BITMIME')
      case 'STARTTLS': {
        if (options.tls === undefined || secure) return answer('502 no')
        answer('220 go on')
        plain.removeAllListeners('data')
        greeted = false
        secure = true
        socket = new TLSSocket(plain, { isServer: true, ...options.tls })
        socket.on('error', () => undefined)
        socket.on('data', onData)
        return
      }
      case 'AUTH': {
        const clear = Buffer.from(line.split(' ')[2] ?? '', 'base64').toString()
        const [, user = '', password = ''] = clear.split('\0')
        if (options.authAnswer !== undefined) return answer(options.authAnswer.replace('%', `${line} ${password}`))
        login = { user, password }
        return answer('235 welcome')
      }
      case 'MAIL':
        if (!greeted || from !== undefined) return answer('503 out of order')
        if (options.auth === true && login === undefined) return answer('530 login first')
        from = /^MAIL FROM:<([^<>\s]*)>/i.exec(line)?.[1]
        return answer(from === undefined ? '501 no address' : '250 fine')
      case 'RCPT': {
        const one = /^RCPT TO:<([^<>\s]+)>$/i.exec(line)?.[1]
        if (from === undefined || one === undefined) return answer('503 out of order')
        if (one === options.unknown) return answer('550 nobody of that name')
        to = [...to, one]
        return answer('250 fine')
      }
      case 'DATA':
        if (to.length === 0) return answer('503 nobody')
        data = []
        return answer('354 say it')
      case 'QUIT':
        answer('221 bye')
        return void socket.end()
      default:
        return answer('500 what')
    }
  }
  const onData = (chunk: Buffer): void => {
    rest += chunk.toString('latin1')
    for (;;) {
      const end = rest.indexOf('\n')
      if (end < 0) return
      const line = rest.slice(0, end)
      rest = rest.slice(end + 1)
      if (!line.endsWith('\r') || line.length > 999) {
        answer('500 a bare newline, or a line that is too long')
        return void socket.destroy()
      }
      onLine(line.slice(0, -1))
    }
  }
  socket.on('data', onData)
  answer('220 sink')
}
