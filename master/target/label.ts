import { isBare, itemsOf, tokensOf } from './tokens.ts'

/** The longest target that logs, lists and errors show in full. */
const LONGEST_LABEL = 200
/** Number of ids shown of a longer list. */
const SHOWN = 3

/**
 * Shortens a target for records and output: long lists are cut to their first ids and a count. Different lists with the same
 * beginning get different hashes. Pure.
 */
export function targetLabel(text: string): string {
  const typed = text.trim()
  if (typed.length <= LONGEST_LABEL) return typed
  const words: string[] = []
  let ids: string[] = []
  const close = (): void => {
    if (ids.length > 0) words.push(listLabel(ids))
    ids = []
  }
  for (const token of tokensOf(typed)) {
    const items = itemsOf(token).map(({ text: item }) => item)
    if (isBare(token.text)) ids.push(...items)
    else {
      close()
      words.push(listLabel(items))
    }
  }
  close()
  const label = words.join(' ')
  return label.length <= LONGEST_LABEL ? label : `${label.slice(0, LONGEST_LABEL)}… (${markOf(typed)})`
}

/** Formats a list as `web1,web2,web3 and 997 more (list 1f3a9c07)`. */
function listLabel(items: readonly string[]): string {
  if (items.length <= SHOWN + 1) return items.join(',')
  return `${items.slice(0, SHOWN).join(',')} and ${items.length - SHOWN} more (list ${markOf(items.join(','))})`
}

/** Formats names as `a, b, c and 5 more`, each in backticks. Pure. */
export function shortList(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).map(name => `\`${name}\``)
  return names.length > SHOWN ? `${shown.join(', ')} and ${names.length - SHOWN} more` : shown.join(', ')
}

/** FNV-1a of the text, to distinguish two lists; not for security. */
function markOf(text: string): string {
  let hash = 0x81_1c_9d_c5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01_00_01_93)
  return (hash >>> 0).toString(16).padStart(8, '0')
}
