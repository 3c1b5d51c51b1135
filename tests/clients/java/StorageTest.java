import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.cloud.Binding;
import com.google.cloud.NoCredentials;
import com.google.cloud.Policy;
import com.google.cloud.ReadChannel;
import com.google.cloud.WriteChannel;
import com.google.cloud.storage.Blob;
import com.google.cloud.storage.BlobId;
import com.google.cloud.storage.BlobInfo;
import com.google.cloud.storage.Bucket;
import com.google.cloud.storage.BucketInfo;
import com.google.cloud.storage.BucketInfo.IamConfiguration;
import com.google.cloud.storage.Storage;
import com.google.cloud.storage.Storage.BlobField;
import com.google.cloud.storage.Storage.BlobListOption;
import com.google.cloud.storage.Storage.BlobSourceOption;
import com.google.cloud.storage.Storage.BlobTargetOption;
import com.google.cloud.storage.Storage.ComposeRequest;
import com.google.cloud.storage.Storage.CopyRequest;
import com.google.cloud.storage.StorageBatch;
import com.google.cloud.storage.StorageBatchResult;
import com.google.cloud.storage.StorageException;
import com.google.cloud.storage.StorageOptions;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Cloud Storage as Google's Java library sees it, which compresses what it sends. */
class StorageTest {
  private final Storage storage =
      StorageOptions.newBuilder()
          .setHost(System.getenv("STORAGE_EMULATOR_HOST"))
          .setProjectId("local-project")
          .setCredentials(NoCredentials.getInstance())
          .build()
          .getService();

  public static void main(String[] arguments) throws Exception {
    StorageTest test = new StorageTest();
    test.buckets();
    test.uploads();
    test.metadata();
    test.preconditions();
    test.copies();
    test.lists();
    test.batches();
    test.policies();
    test.errors();
    System.out.println("ok");
  }

  private static void check(boolean holds, Object found) {
    if (!holds) {
      throw new AssertionError(String.valueOf(found));
    }
  }

  private static void same(Object found, Object expected) {
    check(expected.equals(found), found + " instead of " + expected);
  }

  private static StorageException fails(Runnable call) {
    try {
      call.run();
    } catch (StorageException error) {
      return error;
    }
    throw new AssertionError("the call succeeded");
  }

  private Bucket create(String name) {
    IamConfiguration uniform =
        IamConfiguration.newBuilder().setIsUniformBucketLevelAccessEnabled(true).build();
    return storage.create(
        BucketInfo.newBuilder(name)
            .setLocation("europe-west1")
            .setIamConfiguration(uniform)
            .setLabels(Map.of("team", "a"))
            .build());
  }

  private void buckets() {
    Bucket bucket = create("java-buckets");
    same(bucket.getLocation(), "EUROPE-WEST1");
    same(storage.get("java-buckets").getLabels(), Map.of("team", "a"));
    Bucket changed = bucket.toBuilder().setVersioningEnabled(true).build().update();
    check(changed.versioningEnabled(), changed);
    check(storage.get("java-none") == null, "a missing bucket is null");
    check(bucket.delete() && !bucket.delete(), "a bucket is deleted once");
  }

  private void uploads() throws Exception {
    create("java-uploads");
    BlobInfo info =
        BlobInfo.newBuilder("java-uploads", "a/b c").setContentType("text/plain").build();
    Blob small = storage.create(info, "hello".getBytes(UTF_8));
    same(small.getSize(), 5L);
    check(small.getContentEncoding() == null, "compressed on its way only");
    same(new String(storage.readAllBytes(small.getBlobId()), UTF_8), "hello");
    byte[] large = new byte[3 << 20];
    Arrays.fill(large, (byte) 7);
    BlobInfo resumable = BlobInfo.newBuilder("java-uploads", "large").build();
    try (WriteChannel writer = storage.writer(resumable)) {
      writer.setChunkSize(1 << 20);
      writer.write(ByteBuffer.wrap(large));
    }
    try (ReadChannel reader = storage.reader(resumable.getBlobId())) {
      reader.seek(large.length - 3);
      ByteArrayOutputStream rest = new ByteArrayOutputStream();
      Channels.newInputStream(reader).transferTo(rest);
      same(rest.size(), 3);
    }
  }

  private void metadata() {
    create("java-metadata");
    Blob blob = storage.create(BlobInfo.newBuilder("java-metadata", "o").build(), new byte[0]);
    Blob changed =
        blob.toBuilder().setMetadata(Map.of("k", "v")).setCacheControl("no-store").build().update();
    same(changed.getMetadata(), Map.of("k", "v"));
    same(changed.getMetageneration(), 2L);
    Blob size = storage.get(blob.getBlobId(), Storage.BlobGetOption.fields(BlobField.SIZE));
    check(size.getMetadata() == null && size.getSize() == 0, "only the selected fields");
  }

  private void preconditions() {
    create("java-preconditions");
    BlobInfo info = BlobInfo.newBuilder("java-preconditions", "o").build();
    Blob first = storage.create(info, new byte[1], BlobTargetOption.doesNotExist());
    StorageException exists =
        fails(() -> storage.create(info, new byte[1], BlobTargetOption.doesNotExist()));
    same(exists.getCode(), 412);
    Blob second = storage.create(first.toBuilder().build(), new byte[2], BlobTargetOption.generationMatch());
    check(second.getGeneration() > first.getGeneration(), second);
    BlobId any = BlobId.of("java-preconditions", "o");
    StorageException stale = fails(() -> storage.delete(any, BlobSourceOption.generationMatch(1)));
    check(!storage.delete(first.getBlobId()), "a generation that was replaced is not there");
    same(stale.getCode(), 412);
  }

  private void copies() {
    create("java-copies");
    BlobId source = BlobId.of("java-copies", "source");
    storage.create(BlobInfo.newBuilder(source).build(), "one".getBytes(UTF_8));
    BlobId target = BlobId.of("java-copies", "target");
    Blob copied = storage.copy(CopyRequest.newBuilder().setSource(source).setTarget(target).build()).getResult();
    same(copied.getSize(), 3L);
    Blob composed =
        storage.compose(
            ComposeRequest.newBuilder()
                .addSource("source", "target")
                .setTarget(BlobInfo.newBuilder("java-copies", "both").build())
                .build());
    same(new String(composed.getContent(), UTF_8), "oneone");
  }

  private void lists() {
    create("java-lists");
    for (String name : List.of("a/1", "a/2", "b")) {
      storage.create(BlobInfo.newBuilder("java-lists", name).build(), new byte[0]);
    }
    List<String> names = new ArrayList<>();
    storage.list("java-lists", BlobListOption.pageSize(1)).iterateAll().forEach(blob -> names.add(blob.getName()));
    same(names, List.of("a/1", "a/2", "b"));
    names.clear();
    storage
        .list("java-lists", BlobListOption.currentDirectory())
        .iterateAll()
        .forEach(blob -> names.add(blob.getName()));
    same(names, List.of("b", "a/"));
    check(!storage.list("java-lists", BlobListOption.prefix("x")).iterateAll().iterator().hasNext(), "empty");
  }

  private void batches() {
    create("java-batches");
    BlobId blob = BlobId.of("java-batches", "o");
    storage.create(BlobInfo.newBuilder(blob).build(), new byte[0]);
    StorageBatch batch = storage.batch();
    StorageBatchResult<Blob> found = batch.get(blob);
    StorageBatchResult<Blob> updated = batch.update(BlobInfo.newBuilder(blob).setContentType("a/b").build());
    StorageBatchResult<Boolean> missing = batch.delete("java-batches", "none");
    batch.submit();
    same(found.get().getName(), "o");
    same(updated.get().getContentType(), "a/b");
    check(!missing.get(), "a missing object is not deleted");
  }

  private void policies() {
    create("java-policies");
    Policy policy = storage.getIamPolicy("java-policies", Storage.BucketSourceOption.requestedPolicyVersion(3));
    List<Binding> bindings = new ArrayList<>(policy.getBindingsList());
    bindings.add(
        Binding.newBuilder().setRole("roles/storage.objectViewer").setMembers(List.of("allUsers")).build());
    Policy set = storage.setIamPolicy("java-policies", policy.toBuilder().setBindings(bindings).setVersion(3).build());
    check(set.getBindingsList().size() == bindings.size(), set);
    same(storage.testIamPermissions("java-policies", List.of("storage.objects.get")), List.of(true));
  }

  private void errors() {
    StorageException missing =
        fails(() -> storage.create(BlobInfo.newBuilder("java-none", "o").build(), new byte[1]));
    same(missing.getCode(), 404);
    StorageException named = fails(() -> storage.create(BucketInfo.of("No Bucket")));
    same(named.getCode(), 400);
  }
}
