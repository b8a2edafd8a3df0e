import type { Document } from '../../../master/delivery/document.ts'
import type { DeliveryMessage } from '../../../master/delivery/message.ts'

/** A document with everything that is difficult in a mail: dots, long lines, umlauts, binary data. */
export const DOCUMENT: Document = {
  subject: 'Compliance of Zürich: 98 %',
  text: `.\n..dots\nlong ${'x'.repeat(2000)}\nGrüße\n`,
  html: '<!doctype html><title>98 %</title><p>Grüße</p>',
  attachments: [
    { name: 'report.csv', type: 'text/csv', bytes: new TextEncoder().encode('minion,state\ndb1,drifted\n') },
    {
      name: '../../etc/passwd',
      type: 'application/octet-stream',
      bytes: Uint8Array.from({ length: 256 }, (_, n) => n),
    },
  ],
}

export function messageOf(document: Document = DOCUMENT): DeliveryMessage {
  return { id: 'delivery-01jd0000000000000000007k2m', at: new Date('2026-11-21T03:00:00.123Z'), document }
}

export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
