import { sha256Of } from '../../protocol/catalog.ts'
import type { Sha256 } from '../../protocol/ids.ts'
import { type MaybeSecret, revealText, Secret } from '../../protocol/secret.ts'
import type { Action, Content, UnitVerb } from '../../states/action.ts'
import type {
  FileStatus,
  GroupEntry,
  PackageStatus,
  ProgramResult,
  QueryOptions,
  System,
  UnitStatus,
  UserAccount,
} from '../../states/system.ts'
import { createFakeFiles, type FakeEntry } from './fake-files.ts'

export type { FakeEntry } from './fake-files.ts'
export type RunAction = Extract<Action, { readonly do: 'run' }>

/** Initial content of the host. A key with the value undefined is known to be absent; any other missing key is unknown. */
export interface FakeHost {
  readonly files?: { readonly [path: string]: FakeEntry | undefined }
  /** Content on servers, by URL. */
  readonly downloads?: { readonly [url: string]: string }
  readonly packages?: { readonly [name: string]: PackageStatus | undefined }
  readonly units?: { readonly [unit: string]: UnitStatus }
  readonly users?: { readonly [name: string]: UserAccount | undefined }
  readonly groups?: { readonly [name: string]: GroupEntry | undefined }
  /** Answers read-only programs; undefined for a call that the test did not define. */
  readonly query?: (argv: readonly string[], stdin: string, fake: FakeSystem) => ProgramResult | string | undefined
  /** Simulates a program that changes something; false for a call that the test did not define. */
  readonly run?: (action: RunAction, fake: FakeSystem) => boolean
  /** The version that apt installs when none is requested. */
  readonly candidate?: string
}

/** A host in memory. Inspecting or changing anything that the test did not define is an error. */
export interface FakeSystem extends System {
  /** All performed actions, in order. */
  readonly performed: readonly Action[]
  /** Every stdin passed to a program, in clear text and in order, so that tests can search for secrets. */
  readonly inputs: readonly string[]
  setUser(name: string, account: UserAccount | undefined): void
  setGroup(name: string, group: GroupEntry | undefined): void
  setFile(path: string, entry: FakeEntry | undefined): void
}

export function createFakeSystem(host: FakeHost = {}): FakeSystem {
  const files = createFakeFiles(host.files ?? {}, host.downloads)
  const packages = new Map(Object.entries(host.packages ?? {}))
  const units = new Map(Object.entries(host.units ?? {}))
  const users = new Map(Object.entries(host.users ?? {}))
  const groups = new Map(Object.entries(host.groups ?? {}))
  const remembered = new Map<string, string>()
  const performed: Action[] = []
  const inputs: string[] = []

  const fake: FakeSystem = {
    performed,
    inputs,
    setUser: (name, account) => users.set(name, account),
    setGroup: (name, group) => groups.set(name, group),
    setFile: (path, entry) => files.set(path, entry),
    stat: async (path): Promise<FileStatus | undefined> => files.stat(path),
    sha256: async path => {
      const content = files.content(path)
      return content === undefined ? undefined : digest(content)
    },
    readText: async path => {
      const content = files.content(path)
      if (content instanceof Secret) return revealText(content)
      if (content !== undefined && typeof content !== 'string') throw new Error(`the blob at ${path} was not told`)
      return content
    },
    list: async path => files.list(path),
    async query(argv, options: QueryOptions = {}) {
      const stdin = revealText(options.stdin ?? '')
      inputs.push(stdin)
      const answer = host.query?.(argv, stdin, fake)
      if (answer === undefined)
        throw new Error(`not told what \`${argv.join(' ')}\` answers to ${JSON.stringify(stdin)}`)
      return typeof answer === 'string' ? { exitCode: 0, stdout: answer, stderr: '' } : answer
    },
    packageStatus: async name => told(packages, name, 'package'),
    unitStatus: async unit => {
      const status = told(units, unit, 'unit')
      if (status === undefined) throw new Error(`the unit ${unit} was told as undefined`)
      return status
    },
    user: async name => told(users, name, 'user'),
    group: async name => told(groups, name, 'group'),
    digest,
    plainText: async content => {
      if (typeof content !== 'string') throw new Error(`the blob ${content.blob} was not told`)
      return content
    },
    applied: async (key, value) => remembered.get(key) === revealText(value),
    async perform(action) {
      performed.push(action)
      switch (action.do) {
        case 'install-packages':
          for (const { name, version } of action.packages) {
            told(packages, name, 'package')
            packages.set(name, { version: version ?? host.candidate ?? '1.0-1', status: 'installed' })
          }
          return
        case 'remove-packages':
          for (const name of action.names) {
            const now = told(packages, name, 'package')
            packages.set(name, action.purge || now === undefined ? undefined : { ...now, status: 'config-files' })
          }
          return
        case 'unit': {
          const now = told(units, action.unit, 'unit')
          if (now === undefined) throw new Error(`the unit ${action.unit} was told as undefined`)
          units.set(action.unit, afterVerb(now, action.verb))
          return
        }
        case 'daemon-reload':
          return
        case 'run':
          inputs.push(revealText(action.stdin ?? ''))
          if (host.run?.(action, fake) !== true) throw new Error(`not told what \`${action.argv.join(' ')}\` does`)
          return
        case 'remember':
          remembered.set(action.key, revealText(action.value))
          return
        default:
          files.perform(action)
      }
    },
  }
  return fake
}

/** Returns the state of a unit after a systemctl(1) verb; refuses what systemctl would refuse. */
function afterVerb(status: UnitStatus, verb: UnitVerb): UnitStatus {
  if (status.load === 'not-found') throw new Error(`systemctl ${verb}: the unit is not there`)
  switch (verb) {
    case 'start':
    case 'restart':
      if (status.load === 'masked') throw new Error('systemctl start: the unit is masked')
      return { ...status, active: 'active', sub: 'running' }
    case 'reload':
      if (status.active !== 'active') throw new Error('systemctl reload: the unit is not active')
      return status
    case 'stop':
      return { ...status, active: 'inactive', sub: 'dead' }
    case 'enable':
      if (status.load === 'masked') throw new Error('systemctl enable: the unit is masked')
      return { ...status, enabled: 'enabled' }
    case 'disable':
      return { ...status, enabled: 'disabled' }
    case 'mask':
      return { ...status, load: 'masked', enabled: 'masked' }
    case 'unmask':
      return { ...status, load: 'loaded', enabled: 'disabled' }
  }
}

function told<T>(memory: ReadonlyMap<string, T | undefined>, name: string, what: string): T | undefined {
  if (!memory.has(name)) throw new Error(`the ${what} ${name} was not told`)
  return memory.get(name)
}

function digest(content: Content): Sha256 {
  if (typeof content === 'string' || content instanceof Secret) return sha256Of(revealText(content as MaybeSecret))
  return content.blob
}
