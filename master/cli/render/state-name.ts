/** A key of a state: its role, its type, its id. */
const KEY = /^[a-z0-9][a-z0-9_-]*\/(?<type>[a-z0-9_]+\.[a-z0-9_]+)\/(?<id>.+)$/s

/** Writes the key of a state as results name it: `file.managed /etc/motd` for `base/file.managed//etc/motd`. Pure. */
export function stateName(key: string): string {
  const { type, id } = KEY.exec(key)?.groups ?? {}
  return type === undefined ? key : `${type} ${id}`
}

/** Where the next key of a list begins. */
const NEXT_KEY = /, (?=[a-z0-9][a-z0-9_-]*\/[a-z0-9_]+\.[a-z0-9_]+\/)/
const BECAUSE = /^because of (?<keys>.+)$/s
/** The note of a blocked state. Minions of earlier releases say `is` before the outcome. */
export const NEEDS = /^it needs (?<key>.+), which (?<how>(?:is |was |did )?[a-z][a-z -]*)$/s

/** Says of several states what `it needs ...` says of one. Pure. */
export function ofSeveral(note: string): string {
  return note.replace(/^it needs /, 'they need ')
}

/** Writes the note of a minion with the names of states in place of their keys. Pure. */
export function noteText(note: string): string {
  const { keys } = BECAUSE.exec(note)?.groups ?? {}
  if (keys !== undefined) return `because of ${keys.split(NEXT_KEY).map(stateName).join(', ')}`
  const { key, how } = NEEDS.exec(note)?.groups ?? {}
  return key === undefined ? note : `it needs ${stateName(key)}, which ${how}`
}
