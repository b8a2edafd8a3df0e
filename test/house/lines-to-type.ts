import { linesTypedBy } from './command-blocks.ts'

/** The lines of a page that one test types in an order of its own; it must take each of them. */
export class LinesToType {
  readonly #page: string
  readonly #all: readonly string[]
  readonly #left: Set<string>

  constructor(test: string, page: string) {
    this.#page = page
    this.#all = linesTypedBy(test, page)
    this.#left = new Set(this.#all)
  }

  /** The line as the page has it, once more if it is typed twice. Throws when the page has no such line. */
  take(line: string): string {
    if (!this.#all.includes(line)) throw new Error(`${this.#page} has no line \`${line}\``)
    this.#left.delete(line)
    return line
  }

  /** Lines that were not taken. */
  get left(): readonly string[] {
    return [...this.#left]
  }
}
