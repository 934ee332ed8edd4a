// Writes with npm's iso20022.js the order to pay that the hall is to read, and reads with it the hall's answer.
// Reads {orders, report} from standard input; writes {order, report}. Statements it reads of version .02 only.
import { readFileSync } from 'node:fs'
import { ISO20022, PaymentStatusReport } from 'iso20022.js'

const { orders, report } = JSON.parse(readFileSync(0, 'utf8'))
const agency = new ISO20022({
  initiatingParty: {
    name: 'Jabatan Kebajikan Masyarakat', id: 'JKM', account: { accountNumber: '514012345678' }, agent: { bic: 'MBBEMYKLXXX', bankAddress: { country: 'MY' } }
  }
})
const order = agency.createSWIFTCreditPaymentInitiation(orders.map(o => ({
  type: 'swift', direction: 'credit', id: o.id, amount: o.amount, currency: 'MYR', remittanceInformation: o.text,
  creditor: {
    name: o.name,
    account: { iban: o.iban },
    agent: { bic: o.bic, bankAddress: { country: 'MY' } },
    address: { streetName: 'Jalan Tun Razak', buildingNumber: '1', townName: 'Kuala Lumpur', postalCode: '50400', country: 'MY' }
  }
})))

const told = PaymentStatusReport.fromXML(report)
console.log(JSON.stringify({
  order: order.serialize(),
  report: {
    message: told.originalMessageId,
    statuses: told.statusInformations.map(s => [s.type, s.originalEndToEndId ?? s.originalPaymentId ?? s.originalMessageId, s.status])
  }
}))
