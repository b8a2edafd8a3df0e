import { isSha256, type Sha256, sortableId } from '../../protocol/ids.ts'
import { canonicalJson } from '../../protocol/json.ts'
import type { ControlContext } from '../context.ts'
import type { Attachment, Document, MailBody } from '../delivery/document.ts'
import { jsonBlob } from '../store/blobs.ts'
import type { ScheduledRunId } from '../store/log/schedule-events.ts'
import type { Store } from '../store/open.ts'

/** After this time, an undelivered document is given up. */
export const GIVE_UP_MS = 24 * 3_600_000

/** The blob of a document: its texts, and its attachments by hash. */
interface Manifest extends Omit<Document, 'mail' | 'attachments'> {
  readonly mail?: Omit<MailBody, 'pictures'> & { readonly pictures: readonly StoredFile[] }
  readonly attachments: readonly StoredFile[]
}

interface StoredFile extends Omit<Attachment, 'bytes'> {
  readonly sha256: Sha256
}

/**
 * Queues a document in the outbox, once per recipient (names of `deliver` targets). It is on disk when this returns and is
 * delivered soon after. With a scheduled run (`caller.scheduledRun`), it is queued only once for that run, even if this is
 * called repeatedly. Returns the ids of the deliveries; an unknown name is only detected on delivery.
 */
export function deliver(
  { store, now, random }: Pick<ControlContext, 'store' | 'now' | 'random'>,
  recipients: readonly string[],
  document: Document,
  scheduledRun?: ScheduledRunId,
): readonly string[] {
  return store.together(() => {
    if (scheduledRun !== undefined && store.schedules.scheduledRun(scheduledRun)?.delivered === true) return []
    const names = [...new Set(recipients)]
    if (names.length === 0) return []
    const subject = oneLine(document.subject)
    const sha256 = storeDocument(store, { ...document, subject })
    const giveUpAt = new Date(now() + GIVE_UP_MS).toISOString()
    return names.map(recipient => {
      const id = `delivery-${sortableId(now(), random)}`
      const of = scheduledRun === undefined ? {} : { firing: scheduledRun }
      store.deliveries.queue({ id, recipient, subject, document: sha256, giveUpAt, ...of })
      return id
    })
  })
}

/** Loads a whole document by its hash. Throws STORE_DAMAGED when a part is missing. */
export function loadDocument({ blobs }: Pick<Store, 'blobs'>, sha256: Sha256): Document {
  const { attachments, mail, ...texts } = jsonBlob<Manifest>(blobs, sha256)
  const loaded = ({ name, type, sha256: hash }: StoredFile): Attachment => {
    const bytes = isSha256(hash) ? blobs.get(hash) : undefined
    if (bytes === undefined) throw new TypeError(`the attachment ${hash} of a document is not in the store`)
    return { name, type, bytes }
  }
  return {
    ...texts,
    ...(mail === undefined ? {} : { mail: { ...mail, pictures: mail.pictures.map(loaded) } }),
    attachments: attachments.map(loaded),
  }
}

function storeDocument({ blobs }: Pick<Store, 'blobs'>, document: Document): Sha256 {
  const { attachments, mail, ...texts } = document
  const stored = ({ name, type, bytes }: Attachment): StoredFile => ({ name, type, sha256: blobs.put(bytes).sha256 })
  const manifest: Manifest = {
    ...texts,
    ...(mail === undefined ? {} : { mail: { ...mail, pictures: mail.pictures.map(stored) } }),
    attachments: attachments.map(stored),
  }
  return blobs.put(new TextEncoder().encode(canonicalJson(manifest))).sha256
}

/** Makes a text fit for a mail header: one line, without control characters, of limited length. */
function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\u2028\u2029]/gu, ' ')
    .trim()
    .slice(0, 200)
}
