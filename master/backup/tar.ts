import {
  createTarDecoder,
  createTarPacker,
  type ParsedTarEntry,
  type TarHeader,
  type TarPackController,
} from 'modern-tar'
import { safe } from '../../protocol/safe-text.ts'
import {
  type Entry,
  EntryGuard,
  type Manifest,
  manifestOf,
  type Packed,
  type Root,
  staysBelow,
  type Unpacked,
} from './entry.ts'
import { faultOf, unreadable } from './faults.ts'

/* A tar archive (POSIX, with pax where a name or size needs it): `manifest.json`, then `state/`, `fleet/` and `settings/`. */

const MANIFEST = 'manifest.json'
const LARGEST_MANIFEST = 64 * 1024
const ROOTS: readonly string[] = ['state', 'fleet', 'settings'] satisfies readonly Root[]
const PERMISSIONS = 0o777
/** Limit for the target of a symbolic link, symlink(7). */
const LONGEST_TARGET = 4095

/** Writes the archive, each entry as it arrives. */
export async function* pack(manifest: Manifest, entries: AsyncIterable<Packed>): AsyncGenerator<Uint8Array> {
  const { readable, controller } = createTarPacker()
  const filling = fill(controller, manifest, entries).catch((thrown: unknown) => controller.error(thrown))
  try {
    yield* readable
  } finally {
    await filling
  }
}

async function fill(controller: TarPackController, manifest: Manifest, entries: AsyncIterable<Packed>): Promise<void> {
  const shared = { uid: 0, gid: 0, mtime: new Date(manifest.madeAt) }
  const add = async (header: TarHeader, content?: AsyncIterable<Uint8Array>): Promise<void> => {
    const writer = controller.add({ ...header, ...shared }).getWriter()
    if (content !== undefined) for await (const chunk of content) await writer.write(chunk)
    await writer.close()
  }
  const text = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)
  await add({ name: MANIFEST, type: 'file', mode: 0o600, size: text.length }, single(text))
  await add({ name: 'state/', type: 'directory', mode: 0o700, size: 0 })
  await add({ name: 'fleet/', type: 'directory', mode: manifest.fleetMode, size: 0 })
  for await (const { entry, content } of entries) await add(headerOf(entry), content)
  controller.finalize()
}

async function* single(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

function headerOf(entry: Entry): TarHeader {
  const name = `${entry.root}/${entry.path}`
  switch (entry.kind) {
    case 'file':
      return { name, type: 'file', mode: entry.mode, size: entry.size }
    case 'directory':
      return { name: `${name}/`, type: 'directory', mode: entry.mode, size: 0 }
    case 'link':
      return { name, type: 'symlink', mode: PERMISSIONS, linkname: entry.to, size: 0 }
  }
}

/** Reads an archive from `pack`, or from `tar` with the same order. Throws BACKUP_UNREADABLE for anything else. */
export async function unpack(stream: AsyncIterable<Uint8Array>): Promise<Unpacked> {
  const decoder = createTarDecoder({ strict: true })
  const found = ReadableStream.from(stream).pipeThrough(decoder)[Symbol.asyncIterator]()
  const first = await next(found)
  const isManifest = first?.header.name === MANIFEST && first.header.size <= LARGEST_MANIFEST
  if (!isManifest) throw unreadable(`its first file is not \`${MANIFEST}\``)
  const parts: Uint8Array[] = []
  for await (const chunk of contentOf(first)) parts.push(chunk)
  const manifest = manifestOf(Buffer.concat(parts).toString('utf8'), 2)
  return { manifest, entries: entriesOf(found) }
}

type Found = AsyncIterator<ParsedTarEntry>

async function* entriesOf(found: Found): AsyncGenerator<Packed> {
  const guard = new EntryGuard()
  try {
    for (;;) {
      const part = await next(found)
      if (part === undefined) return
      const entry = entryOf(part.header)
      if (entry === undefined) continue
      guard.admit(entry)
      yield { entry, content: contentOf(part) }
    }
  } finally {
    await found.return?.()
  }
}

async function next(found: Found): Promise<ParsedTarEntry | undefined> {
  try {
    const { value, done } = await found.next()
    return done === true ? undefined : value
  } catch (thrown) {
    throw faultOf(thrown, NO_TAR)
  }
}

async function* contentOf({ body }: ParsedTarEntry): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch (thrown) {
    throw faultOf(thrown, NO_TAR)
  }
}

const NO_TAR = 'it does not contain a complete tar archive'

/** Converts a tar header; undefined for the directory of a root itself. Throws BACKUP_UNREADABLE. Pure. */
function entryOf({ name, type = 'file', mode = 0, size, linkname = '' }: TarHeader): Entry | undefined {
  const refused = (why: string): never => {
    throw unreadable(`it contains \`${safe(name.slice(0, 200))}\`, ${why}`)
  }
  const kind = KINDS[type] ?? refused(`which is neither a file nor a directory nor a symbolic link, but \`${type}\``)
  const whole = kind === 'directory' && name.endsWith('/') ? name.slice(0, -1) : name
  if (kind === 'directory' && ROOTS.includes(whole)) return undefined
  const [root = '', ...rest] = whole.split('/')
  const path = rest.join('/')
  if (!isRoot(root) || !staysBelow(path)) return refused('which is outside of the directories of a backup')
  // Nothing in a backup needs set-uid or similar bits.
  const permissions = mode & PERMISSIONS
  switch (kind) {
    case 'file':
      return { kind, root, path, mode: permissions, size }
    case 'directory':
      return { kind, root, path, mode: permissions }
    case 'link':
      if (linkname === '' || linkname.length > LONGEST_TARGET || linkname.includes('\0')) {
        return refused('a symbolic link without a possible target')
      }
      return { kind, root, path, to: linkname }
  }
}

const KINDS: { readonly [type: string]: Entry['kind'] | undefined } = {
  file: 'file',
  directory: 'directory',
  symlink: 'link',
}

function isRoot(text: string): text is Root {
  return ROOTS.includes(text)
}
