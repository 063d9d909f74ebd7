import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Reads processed tickets as they come out, each once, until Ctrl-C. */
class Read {
    public static void main(String[] args) throws Exception {
        var json = new ObjectMapper();
        Map<String, Object> config = Map.of(
            "bootstrap.servers", System.getenv().getOrDefault("KAFKA_BROKERS", "localhost:9092"),
            "group.id", "helpdesk-java",
            "auto.offset.reset", "earliest",
            "enable.auto.commit", false,
            "key.deserializer", StringDeserializer.class,
            "value.deserializer", StringDeserializer.class);
        var seen = new HashSet<String>(); // in a help desk: a unique column beside the draft

        try (var consumer = new KafkaConsumer<String, String>(config)) {
            wakeAtCtrlC(consumer);
            consumer.subscribe(List.of("ticket-processed"));
            while (true) {
                for (var message : consumer.poll(Duration.ofSeconds(1))) {
                    var eventId = new String(message.headers().lastHeader("ce_id").value());
                    if (seen.add(eventId)) {
                        var ticket = json.readTree(message.value());
                        System.out.printf("%s %s %s %s%n",
                            ticket.at("/ticket_id").asText(),
                            ticket.at("/triage/priority").asText(),
                            ticket.at("/triage/suggested_team").asText(),
                            ticket.at("/policy_check/compliance").asText());
                    }
                }
                consumer.commitSync(); // only now: a message that is not committed comes again
            }
        } catch (WakeupException ctrlC) {
            // the consumer is closed and has left its group
        }
    }

    /** Ends the loop at Ctrl-C or SIGTERM, and lets the consumer close before the process ends. */
    private static void wakeAtCtrlC(KafkaConsumer<String, String> consumer) {
        var main = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            consumer.wakeup();
            try {
                main.join();
            } catch (InterruptedException end) {
                Thread.currentThread().interrupt();
            }
        }));
    }
}
