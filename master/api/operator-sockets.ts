import { chmod, chown, mkdir, readdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { operatorSocketPath } from './operator-path.ts'
import type { ApiServer } from './server.ts'

/** An operator with their own socket. */
interface SocketOwner {
  readonly name: string
  /** System user that may connect. */
  readonly user: string
}

interface SocketDeps {
  /** Created if missing. Users can traverse it but not list it. */
  readonly directory: string
  readonly start: (owner: SocketOwner, path: string) => Promise<ApiServer>
  /** Returns the uid of a system user; undefined when there is none. */
  readonly uidOf: (user: string) => Promise<number | undefined>
  /** The uid of this process; only 0 can change the owner of sockets. */
  readonly ownUid: number
  readonly warn: (message: string, facts: { readonly [name: string]: unknown }) => void
}

/** The sockets of all operators. The path is the identity; the kernel decides who can connect. */
export interface OperatorSockets {
  /** Creates and removes sockets until exactly these owners have one. */
  bring(owners: readonly SocketOwner[]): Promise<void>
  close(): Promise<void>
}

interface Open {
  readonly user: string
  readonly uid: number
  readonly server: ApiServer
  /** True when a symlink named after the system user exists. */
  linked: boolean
}

export async function openOperatorSockets(deps: SocketDeps): Promise<OperatorSockets> {
  const { directory, start, uidOf, ownUid, warn } = deps
  const open = new Map<string, Open>()
  const warned = new Set<string>()
  await mkdir(directory, { recursive: true, mode: 0o711 })
  await chmod(directory, 0o711)
  // Left over from a master that was killed.
  for (const name of await readdir(directory)) if (name.endsWith('.sock')) await rm(join(directory, name))
  const say = (message: string, facts: { readonly operator: string; readonly user: string }): void => {
    const key = `${message} ${facts.operator} ${facts.user}`
    if (warned.has(key)) return
    warned.add(key)
    warn(message, facts)
  }

  async function shut(name: string): Promise<void> {
    const socket = open.get(name)
    open.delete(name)
    if (socket?.linked === true) await rm(operatorSocketPath(directory, socket.user), { force: true })
    await socket?.server.close()
  }

  async function make(owner: SocketOwner, uid: number): Promise<void> {
    const path = operatorSocketPath(directory, owner.name)
    const server = await start(owner, path)
    const made: Open = { user: owner.user, uid, server, linked: false }
    open.set(owner.name, made)
    if (owner.user !== owner.name) {
      // A client knows the name of its user, but not of its operator.
      await symlink(`${owner.name}.sock`, operatorSocketPath(directory, owner.user))
      made.linked = true
    }
    if (uid === ownUid) return
    if (ownUid === 0) await chown(path, uid, 0)
    else
      say('only root can hand a socket to an operator; this socket still belongs to the master', {
        operator: owner.name,
        user: owner.user,
      })
  }

  async function makeWhole(owner: SocketOwner, uid: number): Promise<void> {
    try {
      await make(owner, uid)
    } catch (thrown) {
      // Otherwise an incomplete socket would be kept next time.
      await shut(owner.name)
      throw thrown
    }
  }

  return {
    async bring(owners) {
      const wanted = new Map(owners.map(owner => [owner.name, owner]))
      for (const name of open.keys()) if (!wanted.has(name)) await shut(name)
      const missing: { readonly owner: SocketOwner; readonly uid: number | undefined }[] = []
      for (const owner of owners) {
        const uid = await uidOf(owner.user)
        const had = open.get(owner.name)
        if (had !== undefined && had.uid === uid && had.user === owner.user) continue
        // Close all of them before creating any: a name can move from one operator to another.
        await shut(owner.name)
        missing.push({ owner, uid })
      }
      const failures: unknown[] = []
      for (const { owner, uid } of missing) {
        if (uid === undefined) {
          say('there is no such system user: the operator has no socket', { operator: owner.name, user: owner.user })
        } else {
          await makeWhole(owner, uid).catch((thrown: unknown) => failures.push(thrown))
        }
      }
      if (failures.length > 0) throw failures[0]
    },
    async close() {
      for (const name of open.keys()) await shut(name)
    },
  }
}
