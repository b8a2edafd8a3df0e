/** The mail library, in a module of its own: loaded only when a mail is sent, and by its names also from a bundle. */
export { createTransport } from 'nodemailer'
