/** A file attached to a document. */
export interface Attachment {
  /** File name, without a path. */
  readonly name: string
  /** Media type, such as `text/csv`. */
  readonly type: string
  readonly bytes: Uint8Array
}

/** The HTML of a mail, for readers that drop stylesheets and SVG. It shows a picture as `cid:NAME`. */
export interface MailBody {
  readonly html: string
  readonly pictures: readonly Attachment[]
  /** File name of the page that is attached to the mail. */
  readonly page: string
}

/** A document to deliver: a report, or the outcome of a scheduled job. Holds no secret. */
export interface Document {
  /** One line. */
  readonly subject: string
  readonly text: string
  /** The same content as a self-contained HTML page. */
  readonly html?: string
  /** The same content for a mail; absent: the page is the body of the mail. */
  readonly mail?: MailBody
  readonly attachments: readonly Attachment[]
}
