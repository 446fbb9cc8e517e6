import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.util.Utf8;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.Stores;

/**
 * The meter's work on Kafka Streams, exactly_once_v2, in one thread: validate, drop duplicates,
 * price, own, a charge of each usage, sums by line and minute in a store with a changelog.
 *
 * <p>One task, a JSON object, a line of its input; the answer is a line of its output. Identities
 * are kept in memory only, which is less than the meter does. Java 17, Avro's own coders.
 */
public final class Streams {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SUMS = "sums";

  public static void main(String[] arguments) throws Exception {
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      System.out.println(JSON.writeValueAsString(new Pass(JSON.readTree(line)).run()));
    }
  }

  /** One run over a topic. */
  private static final class Pass {
    private final String name;
    private final String servers;
    private final long count;
    private final Topology topology = new Topology();
    private final Progress progress = new Progress();

    Pass(JsonNode task) throws IOException {
      name = task.get("name").asText();
      servers = task.get("servers").asText();
      count = task.get("count").asLong();
      Prices prices = new Prices(JSON.readTree(new File(task.get("prices").asText())));
      byte[] charge = HexFormat.of().parseHex(task.get("prefixes").get("charge").asText());
      int skip = task.get("prefixes").get("usage").asText().length() / 2;
      ByteArrayDeserializer in = new ByteArrayDeserializer();
      ByteArraySerializer out = new ByteArraySerializer();
      var store = Stores.keyValueStoreBuilder(
          Stores.inMemoryKeyValueStore(SUMS), Serdes.Long(), Serdes.ByteArray());
      topology.addSource("usage", in, in, task.get("usage").asText());
      topology.addProcessor("meter", () -> new Meter(prices, skip, charge, count, progress), "usage");
      topology.addStateStore(store.withCachingEnabled().withLoggingEnabled(Map.of()), "meter");
      topology.addSink("charge", task.get("out").asText(), out, out, "meter");
    }

    ObjectNode run() throws Exception {
      File folder = Files.createTempDirectory("kafka-streams").toFile();
      KafkaStreams streams = new KafkaStreams(topology, settings(folder));
      streams.setUncaughtExceptionHandler(wrong -> {
        wrong.printStackTrace();
        System.exit(1);
        return null;
      });
      ObjectNode answer = JSON.createObjectNode();
      try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
        streams.start();
        while (committed(admin) < count) {
          Thread.sleep(10);
        }
        answer.put("seconds", (System.nanoTime() - progress.begun) / 1e9);
        answer.put("cpu_s", (cpu() - progress.cpu) / 1e9);
        answer.set("sums", sums(streams));
      } finally {
        streams.close();
        streams.cleanUp();
        folder.delete();
      }
      return answer;
    }

    /** How many usages are committed; asked only once all have been read. */
    private long committed(Admin admin) throws Exception {
      if (progress.usages < count) {
        return 0;
      }
      return admin.listConsumerGroupOffsets(name).partitionsToOffsetAndMetadata().get().values()
          .stream().mapToLong(position -> position == null ? 0 : position.offset()).sum();
    }

    private ObjectNode sums(KafkaStreams streams) {
      ObjectNode found = JSON.createObjectNode();
      var asked = StoreQueryParameters.fromNameAndType(
          SUMS, QueryableStoreTypes.<Long, byte[]>keyValueStore());
      try (KeyValueIterator<Long, byte[]> all = streams.store(asked).all()) {
        while (all.hasNext()) {
          var one = all.next();
          String key = (one.key >> 32) + " " + (one.key & 0xffffffffL);
          found.put(key, found.path(key).asLong() + ByteBuffer.wrap(one.value).getLong());
        }
      }
      return found;
    }

    /** What gave the most of what was tried on one machine; everything else is the default. */
    private Properties settings(File folder) {
      Properties found = new Properties();
      found.put(StreamsConfig.APPLICATION_ID_CONFIG, name);
      found.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, servers);
      found.put(StreamsConfig.STATE_DIR_CONFIG, folder.getPath());
      found.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
      found.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
      found.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 500);
      found.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 64 << 20);
      found.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, 20_000);
      found.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
      found.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 5_000);
      found.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 4 << 20);
      found.put(ProducerConfig.LINGER_MS_CONFIG, 50);
      found.put(ProducerConfig.BATCH_SIZE_CONFIG, 512 << 10);
      found.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 128 << 20);
      return found;
    }
  }

  /** How far a pass has got, of all its partitions together. */
  private static final class Progress {
    volatile long usages;
    long begun;
    long cpu;
  }

  /** The work on one partition. */
  private static final class Meter implements Processor<byte[], byte[], byte[], byte[]> {
    private final Prices prices;
    private final int skip;
    private final byte[] prefix;
    private final long count;
    private final Progress progress;
    private final Usage usage = new Usage();
    private final Set<Bytes> seen = new HashSet<>();
    private ProcessorContext<byte[], byte[]> context;
    private KeyValueStore<Long, byte[]> sums;

    Meter(Prices prices, int skip, byte[] prefix, long count, Progress progress) {
      this.prices = prices;
      this.skip = skip;
      this.prefix = prefix;
      this.count = count;
      this.progress = progress;
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> given) {
      context = given;
      sums = given.getStateStore(SUMS);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
      if (progress.usages == 0) {
        progress.begun = System.nanoTime();
        progress.cpu = cpu();
      }
      try {
        charge(record);
      } catch (IOException wrong) {
        throw new UncheckedIOException(wrong);
      }
      progress.usages += 1;
      if (progress.usages == count) {
        context.commit();
      }
    }

    private void charge(Record<byte[], byte[]> record) throws IOException {
      usage.read(record.value(), skip);
      usage.check();
      if (!seen.add(Bytes.wrap(record.key()))) {
        return;
      }
      Line line = prices.line(usage);
      long cost = line.cost(usage.quantities);
      long offset = context.recordMetadata().orElseThrow().offset();
      context.forward(record.withValue(usage.charge(prefix, offset, line, cost)));
      add((long) line.number << 32 | usage.time / 60_000_000, cost);
    }

    /** Nano-dollars and charges, eight bytes each. */
    private void add(long key, long cost) {
      byte[] held = sums.get(key);
      ByteBuffer made = ByteBuffer.allocate(16);
      ByteBuffer before = held == null ? ByteBuffer.allocate(16) : ByteBuffer.wrap(held);
      made.putLong(before.getLong() + cost).putLong(before.getLong() + 1);
      sums.put(key, made.array());
    }
  }

  /** One usage, read into the same places again and again. */
  private static final class Usage {
    static final List<String> NAMES = List.of(
        "type", "provider", "model", "application", "environment", "feature", "principal", "tier",
        "outcome", "resource", "product", "source", "id");
    private static final int[] WANTED = {1, 2, 3, 11, 12};
    private static final Utf8 LLM = new Utf8("ai.usage.llm.v1");
    final Utf8[] texts = new Utf8[NAMES.size()];
    final long[] quantities = new long[13];
    private final long[] rest = new long[3];
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(512);
    private BinaryDecoder decoder;
    private BinaryEncoder encoder;
    private boolean history;
    long time;

    void read(byte[] message, int skip) throws IOException {
      decoder = DecoderFactory.get()
          .binaryDecoder(message, skip, message.length - skip, decoder);
      for (int at = 0; at < texts.length; at++) {
        texts[at] = decoder.readString(texts[at]);
      }
      time = decoder.readLong();
      for (int at = 0; at < quantities.length; at++) {
        quantities[at] = decoder.readLong();
      }
      for (int at = 0; at < rest.length; at++) {
        rest[at] = decoder.readLong();
      }
      history = decoder.readBoolean();
    }

    void check() {
      if (!texts[0].equals(LLM)) {
        throw new IllegalArgumentException("type is none of ours");
      }
      for (int at : WANTED) {
        if (texts[at].getByteLength() == 0 || texts[at].getByteLength() > 1024) {
          throw new IllegalArgumentException(NAMES.get(at) + " is missing or too long");
        }
      }
      for (long quantity : quantities) {
        if (quantity < 0 || quantity > 1_000_000_000L) {
          throw new IllegalArgumentException("a quantity is out of range");
        }
      }
    }

    byte[] charge(byte[] prefix, long offset, Line line, long cost) throws IOException {
      out.reset();
      out.writeBytes(prefix);
      encoder = EncoderFactory.get().binaryEncoder(out, encoder);
      for (Utf8 text : texts) {
        encoder.writeString(text);
      }
      encoder.writeLong(time);
      for (long quantity : quantities) {
        encoder.writeLong(quantity);
      }
      for (long one : rest) {
        encoder.writeLong(one);
      }
      encoder.writeBoolean(history);
      encoder.writeLong(offset);
      for (Utf8 text : line.before) {
        encoder.writeString(text);
      }
      encoder.writeLong(cost);
      for (Utf8 text : line.after) {
        encoder.writeString(text);
      }
      encoder.flush();
      return out.toByteArray();
    }
  }

  /** What one kind of usage costs and whose it is. */
  private static final class Line {
    final int number;
    final List<Utf8> before = new ArrayList<>();
    final List<Utf8> after = new ArrayList<>();
    private final long[] pico;

    Line(int number, JsonNode told) {
      this.number = number;
      for (String name : List.of("owner", "business_unit", "service", "rule")) {
        before.add(new Utf8(told.get(name).asText()));
      }
      for (String text : List.of(
          "resolved", told.get("rate_id").asText(), "", "usage", told.get("rulebook").asText())) {
        after.add(new Utf8(text));
      }
      pico = new long[told.get("pico_usd").size()];
      for (int at = 0; at < pico.length; at++) {
        pico[at] = told.get("pico_usd").get(at).asLong();
      }
    }

    /** Nano-dollars, rounded once, half to even. */
    long cost(long[] quantities) {
      long sum = 0;
      for (int at = 0; at < pico.length; at++) {
        sum = Math.addExact(sum, Math.multiplyExact(quantities[at], pico[at]));
      }
      long nano = sum / 1000;
      long left = sum % 1000;
      return left > 500 || left == 500 && nano % 2 == 1 ? nano + 1 : nano;
    }
  }

  /** The lines by the dimensions that tell them apart. */
  private static final class Prices {
    private final int[] places;
    private final Map<List<Utf8>, Line> lines = new HashMap<>();
    private final List<Utf8> asked = new ArrayList<>();

    Prices(JsonNode told) {
      places = new int[told.get("dimensions").size()];
      for (int at = 0; at < places.length; at++) {
        places[at] = Usage.NAMES.indexOf(told.get("dimensions").get(at).asText());
      }
      for (JsonNode line : told.get("lines")) {
        List<Utf8> key = new ArrayList<>();
        line.get("key").forEach(text -> key.add(new Utf8(text.asText())));
        lines.put(key, new Line(lines.size(), line));
      }
    }

    Line line(Usage usage) {
      asked.clear();
      for (int place : places) {
        asked.add(usage.texts[place]);
      }
      return lines.get(asked);
    }
  }

  private static long cpu() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}
