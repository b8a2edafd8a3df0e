import { type FileOnDisk, sha256Of } from '../../../protocol/catalog.ts'
import type { Sha256 } from '../../../protocol/ids.ts'
import { suggest } from '../../yaml/suggest.ts'
import { renderTemplate } from '../language/render.ts'
import type { Value } from '../language/value.ts'
import type { RoleRenderer } from '../role/library.ts'
import type { ExpandedArgument, ExpandedState } from './expand.ts'

/** Limit for inline files; larger ones are sent as blobs. */
const LARGEST_INLINE_BYTES = 16 * 1024

/** Blobs that the catalog references, by hash: their bytes, or the location of a large one. */
export type Blobs = Map<Sha256, Uint8Array | FileOnDisk>

/**
 * Converts `source: templates/x.hbs` (rendered) or `source: files/x` (verbatim) to `contents`. Undefined when there is a
 * problem, which goes into the sink.
 */
export function resolveSource(
  renderer: RoleRenderer,
  state: ExpandedState,
  blobs: Blobs,
): readonly ExpandedArgument[] | undefined {
  const source = state.args.find(({ key }) => key === 'source')
  if (source === undefined) return state.args
  const { sink, library } = renderer
  const both = state.args.find(({ key }) => key === 'contents')
  if (both !== undefined) {
    sink.add({
      code: 'PARAM_INVALID',
      message: '`source` and `contents` cannot be combined',
      hint: 'Remove one of the two.',
      source: both.keyPosition,
    })
    return undefined
  }
  const { role } = state.declaration
  const name = typeof source.value === 'string' ? source.value : ''
  const path = `roles/${role}/${name}`
  const broken = library.broken.get(path) ?? library.broken.get(path.split('/').slice(0, 3).join('/'))
  if (broken !== undefined) {
    const at = source.valuePosition
    sink.add(broken.source === undefined ? { ...broken, source: at } : { ...broken, related: [at] })
    return undefined
  }
  const content = /^(templates|files)\//.test(name) ? (library.files.get(path) ?? library.large.get(path)) : undefined
  if (content === undefined) {
    const known = [...library.files.keys(), ...library.large.keys()]
      .filter(file => file.startsWith(`roles/${role}/templates/`) || file.startsWith(`roles/${role}/files/`))
      .map(file => file.slice(`roles/${role}/`.length))
    const near = suggest(name, known)
    sink.add({
      code: 'SOURCE_MISSING',
      message: `the role \`${role}\` has no file \`${name}\``,
      hint: sourceHint(name, near, known),
      source: source.valuePosition,
    })
    return undefined
  }
  const isTemplate = name.startsWith('templates/') && content instanceof Uint8Array
  const contents = isTemplate ? template(renderer, state, path, content) : asItIs(content, blobs)
  if (contents === undefined) return undefined
  return state.args.map(arg => (arg === source ? { ...source, key: 'contents', value: inBlob(contents, blobs) } : arg))
}

function template(renderer: RoleRenderer, state: ExpandedState, path: string, bytes: Uint8Array): Value | undefined {
  // The fleet reader already refused text that is not UTF-8.
  return renderTemplate(renderer, path, new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes), state.scope)
}

function asItIs(bytes: Uint8Array | FileOnDisk, blobs: Blobs): Value {
  if (!(bytes instanceof Uint8Array)) {
    blobs.set(bytes.sha256, bytes)
    return { blob: bytes.sha256, size: bytes.size }
  }
  const text = bytes.length > LARGEST_INLINE_BYTES ? undefined : decode(bytes)
  return text ?? addBlob(bytes, blobs)
}

function inBlob(contents: Value, blobs: Blobs): Value {
  if (typeof contents !== 'string') return contents
  const bytes = new TextEncoder().encode(contents)
  return bytes.length > LARGEST_INLINE_BYTES ? addBlob(bytes, blobs) : contents
}

function addBlob(bytes: Uint8Array, blobs: Blobs): Value {
  const hash = sha256Of(bytes)
  blobs.set(hash, bytes)
  return { blob: hash, size: bytes.length }
}

/** Decodes text and keeps its byte order mark, so that the host gets every byte. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** Suggests a source. Salt users write a URL, Ansible users a bare name. Pure. */
function sourceHint(name: string, near: string | undefined, known: readonly string[]): string {
  if (near !== undefined) return `Did you mean \`${near}\`?`
  const base = name.split('/').at(-1) ?? ''
  const place = /\.(j2|jinja2?|hbs)$/.test(base) ? `templates/${base.replace(/\.\w+$/, '')}.hbs` : `files/${base}`
  const form = /^(templates|files)\//.test(name) ? '' : `A source is a file of the role: \`source: ${place}\`. `
  return `${form}The role has ${known.join(', ') || 'no templates/ and no files/'}.`
}
