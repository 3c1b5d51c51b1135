//! `gcloud kms`.

use super::{Shell, short};

const IN: &str = "--location=europe-west1";
const OF_KEY: &str = "--location=europe-west1 --keyring=r --key=k";

#[tokio::test(flavor = "multi_thread")]
async fn gcloud_creates_uses_and_destroys_a_key() {
    let Some(shell) = Shell::start().await else { return };
    shell.gcloud(&format!("kms keyrings create r {IN}")).await;
    let rings = shell.gcloud(&format!("kms keyrings list {IN} --format=value(name)")).await;
    assert_eq!(short(&rings), "r");
    let key = format!("{IN} --keyring=r");
    shell.gcloud(&format!("kms keys create k {key} --purpose=encryption --labels=team=a")).await;
    let keys = format!("kms keys list {key} --format=value(purpose,labels.team,primary.state)");
    assert_eq!(shell.gcloud(&keys).await, "ENCRYPT_DECRYPT\ta\tENABLED");

    std::fs::write(shell.file("plain"), "hello").unwrap();
    std::fs::write(shell.file("context"), "context").unwrap();
    let files = "--ciphertext-file=cipher --additional-authenticated-data-file=context";
    let encrypt = format!("kms encrypt {OF_KEY} --plaintext-file=plain {files}");
    let decrypt = format!("kms decrypt {OF_KEY} --plaintext-file=decrypted {files}");
    shell.gcloud(&encrypt).await;
    shell.gcloud(&decrypt).await;
    assert_eq!(std::fs::read_to_string(shell.file("decrypted")).unwrap(), "hello");
    std::fs::write(shell.file("context"), "another").unwrap();
    let refused = shell.fails(&decrypt).await;
    assert!(refused.contains("Decryption failed: the ciphertext is invalid."), "{refused}");

    shell.gcloud(&format!("kms keys versions disable 1 {OF_KEY}")).await;
    let refused = shell.fails(&encrypt).await;
    assert!(refused.contains("is not enabled, current state is: DISABLED."), "{refused}");
    assert!(refused.contains("KEY_DISABLED"), "{refused}");
    shell.gcloud(&format!("kms keys versions enable 1 {OF_KEY}")).await;
    shell.gcloud(&encrypt).await;

    shell.gcloud(&format!("kms keys versions create {OF_KEY} --primary")).await;
    shell.gcloud(&format!("kms keys versions destroy 1 {OF_KEY}")).await;
    let versions = format!("kms keys versions list {OF_KEY} --format=value(state)");
    assert_eq!(shell.gcloud(&versions).await, "DESTROY_SCHEDULED\nENABLED");
    shell.gcloud(&format!("kms keys versions restore 1 {OF_KEY}")).await;
    assert_eq!(shell.gcloud(&versions).await, "DISABLED\nENABLED");

    // The service agents of the project may use a new key, until a binding is removed.
    shell.gcloud(&format!("storage buckets create gs://sealed {IN} --default-encryption-key=projects/local-project/locations/europe-west1/keyRings/r/cryptoKeys/k")).await;
    shell.gcloud("storage cp plain gs://sealed").await;
    let agent = "--member=serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com \
                 --role=roles/cloudkms.cryptoKeyEncrypterDecrypter";
    shell.gcloud(&format!("kms keys remove-iam-policy-binding k {key} {agent}")).await;
    let refused = shell.fails("storage cat gs://sealed/plain").await;
    assert!(refused.contains("403"), "{refused}");
    shell.gcloud(&format!("kms keys add-iam-policy-binding k {key} {agent}")).await;
    assert_eq!(shell.gcloud("storage cat gs://sealed/plain").await, "hello");

    let role = "--member=allUsers --role=roles/cloudkms.cryptoKeyEncrypterDecrypter";
    shell.gcloud(&format!("kms keys add-iam-policy-binding k {key} {role}")).await;
    let policy = shell.gcloud(&format!("kms keys get-iam-policy k {key} --format=json")).await;
    assert!(policy.contains("allUsers"), "{policy}");
}
