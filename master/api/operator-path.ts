import { join } from 'node:path'

/** Builds the path of an operator's socket, also by the name of their system user. Pure. */
export function operatorSocketPath(directory: string, name: string): string {
  return join(directory, `${name}.sock`)
}
