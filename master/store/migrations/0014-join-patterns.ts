/** The id or pattern that the join token of a key was for; NULL: an operator accepted the key, or it joined before this was kept. */
export const JOIN_PATTERNS = `
ALTER TABLE keys ADD COLUMN joined_as TEXT;
`
