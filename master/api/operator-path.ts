import { join } from 'node:path'

/** The socket of an operator, also by the name of his system user. Pure. */
export function operatorSocketPath(directory: string, name: string): string {
  return join(directory, `${name}.sock`)
}
