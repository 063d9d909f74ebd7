import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** Publishes a message of a ticket: Publish.java TICKET_ID MESSAGE_ID TEXT */
class Publish {
    public static void main(String[] args) throws Exception {
        String ticketId = args[0], messageId = args[1], text = args[2];
        var json = new ObjectMapper();
        Map<String, Object> config = Map.of(
            "bootstrap.servers", System.getenv().getOrDefault("KAFKA_BROKERS", "localhost:9092"),
            "key.serializer", StringSerializer.class,
            "value.serializer", StringSerializer.class);

        try (var producer = new KafkaProducer<String, String>(config)) {
            var record = new ProducerRecord<>(
                "incoming-tickets",
                ticketId, // the key: all messages of a ticket on one partition, in order
                json.writeValueAsString(Map.of("ticket_id", ticketId, "raw_message", text)));
            Map.of(
                "content-type", "application/json",
                "ce_specversion", "1.0",
                "ce_type", "ticketstream.ticket.incoming.v1",
                "ce_source", "/helpdesk", // whose ids these are
                "ce_id", messageId // the same when you send it again
            ).forEach((name, value) -> record.headers().add(name, value.getBytes()));
            var there = producer.send(record).get();
            System.out.printf("%s is on partition %d%n", ticketId, there.partition());
        }
    }
}
