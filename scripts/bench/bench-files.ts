/** Files of about 1 KiB, each with other contents. */
export interface BenchFile {
  readonly name: string
  readonly contents: string
}

/** What follows the number of a file in its contents. */
const FILLER = 'x'.repeat(1020)

export function benchFiles(count: number): readonly BenchFile[] {
  return Array.from({ length: count }, (_, index) => ({ name: `file-${index}`, contents: `${index} ${FILLER}` }))
}

/** The states of a role that has these files in `target`; written out, they would be longer than a file of a role may be. */
export function fileStates(count: number, target: string, owner: string): string {
  return `"${target}/file-{{number}}":
  each: "{{range 0 ${count - 1}}}"
  as: number
  file.managed: {contents: "{{number}} ${FILLER}", ${owner}}
`
}
