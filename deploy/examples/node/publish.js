// Publishes a message of a ticket: node publish.js TICKET_ID MESSAGE_ID TEXT
import { Producer, compatibilityPartitioner, stringSerializers } from '@platformatic/kafka'

const [ticketId, messageId, text] = process.argv.slice(2)
const producer = new Producer({
  clientId: 'helpdesk',
  bootstrapBrokers: (process.env.KAFKA_BROKERS ?? 'localhost:9092').split(','),
  serializers: stringSerializers,
  partitioner: compatibilityPartitioner // as Java's client; the default is another
})

const { offsets } = await producer.send({
  messages: [{
    topic: 'incoming-tickets',
    key: ticketId, // all messages of a ticket on one partition, in order
    value: JSON.stringify({ ticket_id: ticketId, raw_message: text }),
    headers: {
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_type: 'ticketstream.ticket.incoming.v1',
      ce_source: '/helpdesk', // whose ids these are
      ce_id: messageId // the same when you send it again
    }
  }]
})
console.log(`${ticketId} is on partition ${offsets[0].partition}`)
await producer.close()
