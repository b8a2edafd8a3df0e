/** A file attached to a document. */
export interface Attachment {
  /** File name, without a path. */
  readonly name: string
  /** Media type, such as `text/csv`. */
  readonly type: string
  readonly bytes: Uint8Array
}

/** A document to deliver: a report, or the outcome of a scheduled job. Holds no secret. */
export interface Document {
  /** One line. */
  readonly subject: string
  readonly text: string
  /** The same content as a self-contained HTML page. */
  readonly html?: string
  readonly attachments: readonly Attachment[]
}
