import com.google.api.core.ApiFuture;
import com.google.api.gax.core.NoCredentialsProvider;
import com.google.api.gax.grpc.GrpcTransportChannel;
import com.google.api.gax.rpc.FixedTransportChannelProvider;
import com.google.api.gax.rpc.NotFoundException;
import com.google.api.gax.rpc.TransportChannelProvider;
import com.google.cloud.pubsub.v1.AckReplyConsumer;
import com.google.cloud.pubsub.v1.MessageReceiver;
import com.google.cloud.pubsub.v1.Publisher;
import com.google.cloud.pubsub.v1.Subscriber;
import com.google.cloud.pubsub.v1.SubscriptionAdminClient;
import com.google.cloud.pubsub.v1.SubscriptionAdminSettings;
import com.google.cloud.pubsub.v1.TopicAdminClient;
import com.google.cloud.pubsub.v1.TopicAdminSettings;
import com.google.protobuf.ByteString;
import com.google.pubsub.v1.ProjectName;
import com.google.pubsub.v1.PubsubMessage;
import com.google.pubsub.v1.PullResponse;
import com.google.pubsub.v1.Subscription;
import com.google.pubsub.v1.SubscriptionName;
import com.google.pubsub.v1.TopicName;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Pub/Sub as Google's Java library sees it. */
class PubsubTest {
  private static final String PROJECT = "local-project";

  private final TransportChannelProvider channels;
  private final TopicAdminClient topics;
  private final SubscriptionAdminClient subscriptions;

  private PubsubTest(ManagedChannel channel) throws Exception {
    channels = FixedTransportChannelProvider.create(GrpcTransportChannel.create(channel));
    NoCredentialsProvider nobody = NoCredentialsProvider.create();
    topics =
        TopicAdminClient.create(
            TopicAdminSettings.newBuilder()
                .setTransportChannelProvider(channels)
                .setCredentialsProvider(nobody)
                .build());
    subscriptions =
        SubscriptionAdminClient.create(
            SubscriptionAdminSettings.newBuilder()
                .setTransportChannelProvider(channels)
                .setCredentialsProvider(nobody)
                .build());
  }

  public static void main(String[] arguments) throws Exception {
    String host = System.getenv("PUBSUB_EMULATOR_HOST");
    ManagedChannel channel = ManagedChannelBuilder.forTarget(host).usePlaintext().build();
    PubsubTest test = new PubsubTest(channel);
    test.resources();
    test.messages();
    test.order();
    System.out.println("ok");
    channel.shutdownNow();
    System.exit(0);
  }

  private static void check(boolean holds, Object found) {
    if (!holds) {
      throw new AssertionError(String.valueOf(found));
    }
  }

  private SubscriptionName subscription(String id, boolean ordered) {
    TopicName topic = TopicName.of(PROJECT, id);
    topics.createTopic(topic);
    SubscriptionName name = SubscriptionName.of(PROJECT, id);
    subscriptions.createSubscription(
        Subscription.newBuilder()
            .setName(name.toString())
            .setTopic(topic.toString())
            .setAckDeadlineSeconds(10)
            .setEnableMessageOrdering(ordered)
            .build());
    return name;
  }

  private void resources() {
    SubscriptionName name = subscription("java-resources", false);
    check(subscriptions.getSubscription(name).getAckDeadlineSeconds() == 10, name);
    List<String> found = new ArrayList<>();
    topics.listTopics(ProjectName.of(PROJECT)).iterateAll().forEach(topic -> found.add(topic.getName()));
    check(found.contains("projects/local-project/topics/java-resources"), found);
    subscriptions.deleteSubscription(name);
    try {
      subscriptions.getSubscription(name);
      throw new AssertionError("a deleted subscription was found");
    } catch (NotFoundException expected) {
      check(expected.getMessage().contains("java-resources"), expected.getMessage());
    }
  }

  private Publisher publisher(String topic, boolean ordered) throws Exception {
    return Publisher.newBuilder(TopicName.of(PROJECT, topic))
        .setChannelProvider(channels)
        .setCredentialsProvider(NoCredentialsProvider.create())
        .setEnableMessageOrdering(ordered)
        .build();
  }

  private BlockingQueue<String> receive(SubscriptionName name, List<Subscriber> open) {
    BlockingQueue<String> received = new LinkedBlockingQueue<>();
    MessageReceiver receiver =
        (PubsubMessage message, AckReplyConsumer reply) -> {
          received.add(message.getData().toStringUtf8() + message.getAttributesMap());
          reply.ack();
        };
    Subscriber subscriber =
        Subscriber.newBuilder(name.toString(), receiver)
            .setChannelProvider(channels)
            .setCredentialsProvider(NoCredentialsProvider.create())
            .build();
    subscriber.startAsync().awaitRunning();
    open.add(subscriber);
    return received;
  }

  private static PubsubMessage message(String text) {
    return PubsubMessage.newBuilder().setData(ByteString.copyFromUtf8(text)).build();
  }

  private void messages() throws Exception {
    SubscriptionName name = subscription("java-messages", false);
    Publisher publisher = publisher("java-messages", false);
    PubsubMessage first = message("a").toBuilder().putAttributes("k", "v").build();
    ApiFuture<String> id = publisher.publish(first);
    check(!id.get(30, TimeUnit.SECONDS).isEmpty(), "a message has an id");
    PullResponse pulled = subscriptions.pull(name, 10);
    check(pulled.getReceivedMessagesCount() == 1, pulled);
    subscriptions.acknowledge(name, List.of(pulled.getReceivedMessages(0).getAckId()));
    List<Subscriber> open = new ArrayList<>();
    BlockingQueue<String> received = receive(name, open);
    publisher.publish(message("b").toBuilder().putAttributes("k", "w").build());
    String streamed = received.poll(30, TimeUnit.SECONDS);
    check("b{k=w}".equals(streamed), streamed);
    open.get(0).stopAsync().awaitTerminated();
    publisher.shutdown();
  }

  private void order() throws Exception {
    SubscriptionName name = subscription("java-order", true);
    Publisher publisher = publisher("java-order", true);
    List<Subscriber> open = new ArrayList<>();
    BlockingQueue<String> received = receive(name, open);
    for (int number = 0; number < 20; number++) {
      publisher.publish(message("" + number).toBuilder().setOrderingKey("key").build());
    }
    for (int number = 0; number < 20; number++) {
      String next = received.poll(30, TimeUnit.SECONDS);
      check((number + "{}").equals(next), next + " instead of " + number);
    }
    open.get(0).stopAsync().awaitTerminated();
    publisher.shutdown();
  }
}
