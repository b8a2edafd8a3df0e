/** A file that goes with a document. */
export interface Attachment {
  /** Name for whoever saves it; no path. */
  readonly name: string
  /** Media type, such as `text/csv`. */
  readonly type: string
  readonly bytes: Uint8Array
}

/** What is brought to somebody: a report, the outcome of a scheduled job. Holds no secret. */
export interface Document {
  /** One line. */
  readonly subject: string
  readonly text: string
  /** The same for readers that show HTML: a whole page, self-contained. */
  readonly html?: string
  readonly attachments: readonly Attachment[]
}
