import { z } from 'zod/mini'
import { sha256Of } from '../../protocol/catalog.ts'
import { catalogSchema } from '../../protocol/catalog-schema.ts'
import { HANDSHAKE } from '../../protocol/handshake-messages.ts'
import { canonicalJson } from '../../protocol/json.ts'
import { FROM_MASTER, FROM_MINION } from '../../protocol/messages.ts'
import { orderBody, orderPayload } from '../../protocol/order-schema.ts'
import { REPORT_SCHEMA } from '../../protocol/report-schema.ts'

/** Every schema of the wire by name, as JSON Schema, without the checks of `z.custom`. */
export const WIRE_SCHEMAS: { readonly [name: string]: unknown } = Object.fromEntries(
  Object.entries({
    ...prefixed('handshake', HANDSHAKE),
    ...prefixed('minion', FROM_MINION),
    ...prefixed('master', FROM_MASTER),
    'order/body': orderBody,
    'order/payload': orderPayload,
    catalog: catalogSchema,
    report: REPORT_SCHEMA,
  }).map(([name, schema]) => [name, z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })]),
)

export function fingerprintOfSchema(schema: unknown): string {
  return sha256Of(canonicalJson(schema)).slice(0, 12)
}

function prefixed(prefix: string, schemas: { readonly [name: string]: z.ZodMiniType }) {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [`${prefix}/${name}`, schema]))
}
