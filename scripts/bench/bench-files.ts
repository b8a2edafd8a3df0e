/** Files of 1 KiB, each with other contents. */
export interface BenchFile {
  readonly name: string
  readonly contents: string
}

const BYTES = 1024

export function benchFiles(count: number): readonly BenchFile[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `file-${index}`,
    contents: `${index} `.repeat(BYTES).slice(0, BYTES),
  }))
}
