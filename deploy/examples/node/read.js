// Reads processed tickets as they come out, each once, until Ctrl-C.
import { Consumer, stringDeserializers } from '@platformatic/kafka'

const consumer = new Consumer({
  groupId: 'helpdesk-node',
  clientId: 'helpdesk',
  bootstrapBrokers: (process.env.KAFKA_BROKERS ?? 'localhost:9092').split(','),
  deserializers: stringDeserializers
})
const messages = await consumer.consume({
  topics: ['ticket-processed'],
  mode: 'committed',
  fallbackMode: 'earliest',
  autocommit: false
})
const seen = new Set() // in a help desk: a unique column beside the draft
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => messages.close())

for await (const message of messages) {
  const eventId = message.headers.get('ce_id')
  if (!seen.has(eventId)) {
    seen.add(eventId)
    const { ticket_id, triage, policy_check } = JSON.parse(message.value)
    console.log(ticket_id, triage.priority, triage.suggested_team, policy_check.compliance)
  }
  await message.commit() // only now: a message that is not committed comes again
}
await consumer.close() // leaves the group, so that others go on at once
