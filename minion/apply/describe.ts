import { bytesText } from '../../protocol/amounts.ts'
import type { ActionNote } from '../../protocol/report.ts'
import { Secret } from '../../protocol/secret.ts'
import type { Action, Content, Ownership } from '../../states/action.ts'

/** Describes an action in one line, without secrets. Pure. */
export function describeAction(action: Action): ActionNote {
  return { kind: action.do, summary: summaryOf(action) }
}

function summaryOf(action: Action): string {
  switch (action.do) {
    case 'write-file':
      return `write ${action.path} (${sizeOf(action.content)}, mode ${action.mode}${ownersOf(action)})`
    case 'make-directory':
      return `create the directory ${action.path} (mode ${action.mode}${ownersOf(action)})`
    case 'set-mode':
      return `set the mode of ${action.path} to ${action.mode}`
    case 'set-owner':
      return `change the owner of ${action.path} to ${action.owner ?? ''}:${action.group ?? ''}`
    case 'remove':
      return `remove ${action.path}${action.recursive ? ' and everything in it' : ''}`
    case 'link':
      return `link ${action.path} to ${action.target}`
    case 'download':
      return `download ${action.url} to ${action.path} (mode ${action.mode}${ownersOf(action)})`
    case 'make-key':
      return `create a key at ${action.path} and its public key at ${action.path}.pub`
    case 'install-packages':
      return `install ${action.packages.map(({ name, version }) => (version === undefined ? name : `${name} ${version}`)).join(', ')}`
    case 'remove-packages':
      return `${action.purge ? 'purge' : 'remove'} ${action.names.join(', ')}`
    case 'unit':
      return `${action.verb} ${action.unit}`
    case 'daemon-reload':
      return 'reload systemd'
    case 'run':
      return action.summary
    case 'remember':
      return `remember ${action.key}`
    default:
      return action satisfies never
  }
}

function sizeOf(content: Content): string {
  if (content instanceof Secret) return 'secret content'
  const bytes = typeof content === 'string' ? Buffer.byteLength(content) : content.size
  return bytesText(bytes)
}

function ownersOf({ owner, group }: Ownership): string {
  return owner === undefined && group === undefined ? '' : `, ${owner ?? ''}:${group ?? ''}`
}
