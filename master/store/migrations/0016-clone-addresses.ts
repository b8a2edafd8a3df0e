/** The address of the host that was refused because another one had used its key; NULL: unknown. */
export const CLONE_ADDRESSES = `
ALTER TABLE keys ADD COLUMN clone_address TEXT;
`
