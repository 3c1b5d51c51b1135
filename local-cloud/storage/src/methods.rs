//! Every method of the Cloud Storage JSON API and of `google.storage.v2`, and whether it is served.
//!
//! <https://cloud.google.com/storage/docs/json_api/v1>,
//! <https://cloud.google.com/storage/docs/reference/rpc/google.storage.v2>

use longshore_local_kit::coverage::{Method, Support};

const ACL: &str =
    "legacy access control lists; a bucket with uniform access answers 400, as Google does";
const FINAL: &str = "deletion is permanent; use object versioning";
const FLAT: &str = "no hierarchical namespace; use object names with slashes";
const KEPT: &str = "stored and returned, but not enforced";
const NEAR: &str = "all data is in one location";
const POLICY: &str = "only buckets have IAM policies";
const RECORDED: &str = "lifecycle, CORS, website, logging and autoclass are stored and returned, but have no \
                        effect; retention policies, soft delete and hierarchical namespaces are \
                        rejected";
const SHORT: &str = "there are no long-running operations";
const WATCH: &str = "object change notifications; use Pub/Sub notifications";

pub const METHODS: &[Method] = &[
    both(
        "storage.buckets.insert",
        "POST /storage/v1/b",
        "/google.storage.v2.Storage/CreateBucket",
        RECORDED,
    ),
    both(
        "storage.buckets.get",
        "GET /storage/v1/b/{bucket}",
        "/google.storage.v2.Storage/GetBucket",
        "",
    ),
    both("storage.buckets.list", "GET /storage/v1/b", "/google.storage.v2.Storage/ListBuckets", ""),
    both(
        "storage.buckets.patch",
        "PATCH /storage/v1/b/{bucket}",
        "/google.storage.v2.Storage/UpdateBucket",
        RECORDED,
    ),
    served("storage.buckets.update", "PUT /storage/v1/b/{bucket}", RECORDED),
    both(
        "storage.buckets.delete",
        "DELETE /storage/v1/b/{bucket}",
        "/google.storage.v2.Storage/DeleteBucket",
        "",
    ),
    both(
        "storage.buckets.getIamPolicy",
        "GET /storage/v1/b/{bucket}/iam",
        "/google.storage.v2.Storage/GetIamPolicy",
        KEPT,
    ),
    both(
        "storage.buckets.setIamPolicy",
        "PUT /storage/v1/b/{bucket}/iam",
        "/google.storage.v2.Storage/SetIamPolicy",
        KEPT,
    ),
    both(
        "storage.buckets.testIamPermissions",
        "GET /storage/v1/b/{bucket}/iam/testPermissions",
        "/google.storage.v2.Storage/TestIamPermissions",
        "every caller has every permission",
    ),
    refused(
        "storage.buckets.lockRetentionPolicy",
        "POST /storage/v1/b/{bucket}/lockRetentionPolicy",
        "no retention policies; use holds",
    ),
    refused("storage.buckets.restore", "POST /storage/v1/b/{bucket}/restore", FINAL),
    refused("storage.buckets.relocate", "POST /storage/v1/b/{bucket}/relocate", NEAR),
    served("storage.buckets.getStorageLayout", "GET /storage/v1/b/{bucket}/storageLayout", ""),
    served(
        "storage.notifications.insert",
        "POST /storage/v1/b/{bucket}/notificationConfigs",
        "the topic need not exist; a crash may lose a notification",
    ),
    served(
        "storage.notifications.get",
        "GET /storage/v1/b/{bucket}/notificationConfigs/{notification}",
        "",
    ),
    served("storage.notifications.list", "GET /storage/v1/b/{bucket}/notificationConfigs", ""),
    served(
        "storage.notifications.delete",
        "DELETE /storage/v1/b/{bucket}/notificationConfigs/{notification}",
        "",
    ),
    served(
        "storage.objects.insert",
        "POST /upload/storage/v1/b/{bucket}/o",
        "no customer-supplied keys, ACLs or retention",
    ),
    both(
        "storage.objects.get",
        "GET /storage/v1/b/{bucket}/o/{object}",
        "/google.storage.v2.Storage/GetObject",
        "no customer-supplied keys",
    ),
    both(
        "storage.objects.list",
        "GET /storage/v1/b/{bucket}/o",
        "/google.storage.v2.Storage/ListObjects",
        "no filter",
    ),
    both(
        "storage.objects.patch",
        "PATCH /storage/v1/b/{bucket}/o/{object}",
        "/google.storage.v2.Storage/UpdateObject",
        "no ACLs, contexts or retention",
    ),
    served(
        "storage.objects.update",
        "PUT /storage/v1/b/{bucket}/o/{object}",
        "no ACLs, contexts or retention",
    ),
    both(
        "storage.objects.delete",
        "DELETE /storage/v1/b/{bucket}/o/{object}",
        "/google.storage.v2.Storage/DeleteObject",
        "",
    ),
    both(
        "storage.objects.compose",
        "POST /storage/v1/b/{bucket}/o/{destinationObject}/compose",
        "/google.storage.v2.Storage/ComposeObject",
        "",
    ),
    served(
        "storage.objects.copy",
        "POST /storage/v1/b/{bucket}/o/{object}/copyTo/b/{destinationBucket}/o/{destinationObject}",
        "",
    ),
    both(
        "storage.objects.rewrite",
        "POST /storage/v1/b/{bucket}/o/{object}/rewriteTo/b/{destinationBucket}/o/{destinationObject}",
        "/google.storage.v2.Storage/RewriteObject",
        "",
    ),
    both(
        "storage.objects.move",
        "POST /storage/v1/b/{bucket}/o/{object}/moveTo/o/{destinationObject}",
        "/google.storage.v2.Storage/MoveObject",
        "",
    ),
    refused("storage.objects.restore", "POST /storage/v1/b/{bucket}/o/{object}/restore", FINAL),
    refused("storage.objects.bulkRestore", "POST /storage/v1/b/{bucket}/o/bulkRestore", FINAL),
    refused("storage.objects.watchAll", "POST /storage/v1/b/{bucket}/o/watch", WATCH),
    refused("storage.objects.getIamPolicy", "GET /storage/v1/b/{bucket}/o/{object}/iam", POLICY),
    refused("storage.objects.setIamPolicy", "PUT /storage/v1/b/{bucket}/o/{object}/iam", POLICY),
    refused(
        "storage.objects.testIamPermissions",
        "GET /storage/v1/b/{bucket}/o/{object}/iam/testPermissions",
        POLICY,
    ),
    refused("storage.channels.stop", "POST /storage/v1/channels/stop", WATCH),
    served("storage.projects.hmacKeys.create", "POST /storage/v1/projects/{project}/hmacKeys", ""),
    served(
        "storage.projects.hmacKeys.get",
        "GET /storage/v1/projects/{project}/hmacKeys/{accessId}",
        "",
    ),
    served("storage.projects.hmacKeys.list", "GET /storage/v1/projects/{project}/hmacKeys", ""),
    served(
        "storage.projects.hmacKeys.update",
        "PUT /storage/v1/projects/{project}/hmacKeys/{accessId}",
        "",
    ),
    served(
        "storage.projects.hmacKeys.delete",
        "DELETE /storage/v1/projects/{project}/hmacKeys/{accessId}",
        "",
    ),
    served(
        "storage.projects.serviceAccount.get",
        "GET /storage/v1/projects/{project}/serviceAccount",
        "",
    ),
    refused("storage.bucketAccessControls.insert", "POST /storage/v1/b/{bucket}/acl", ACL),
    refused("storage.bucketAccessControls.list", "GET /storage/v1/b/{bucket}/acl", ACL),
    refused("storage.bucketAccessControls.get", "GET /storage/v1/b/{bucket}/acl/{entity}", ACL),
    refused("storage.bucketAccessControls.patch", "PATCH /storage/v1/b/{bucket}/acl/{entity}", ACL),
    refused("storage.bucketAccessControls.update", "PUT /storage/v1/b/{bucket}/acl/{entity}", ACL),
    refused(
        "storage.bucketAccessControls.delete",
        "DELETE /storage/v1/b/{bucket}/acl/{entity}",
        ACL,
    ),
    refused(
        "storage.defaultObjectAccessControls.insert",
        "POST /storage/v1/b/{bucket}/defaultObjectAcl",
        ACL,
    ),
    refused(
        "storage.defaultObjectAccessControls.list",
        "GET /storage/v1/b/{bucket}/defaultObjectAcl",
        ACL,
    ),
    refused(
        "storage.defaultObjectAccessControls.get",
        "GET /storage/v1/b/{bucket}/defaultObjectAcl/{entity}",
        ACL,
    ),
    refused(
        "storage.defaultObjectAccessControls.patch",
        "PATCH /storage/v1/b/{bucket}/defaultObjectAcl/{entity}",
        ACL,
    ),
    refused(
        "storage.defaultObjectAccessControls.update",
        "PUT /storage/v1/b/{bucket}/defaultObjectAcl/{entity}",
        ACL,
    ),
    refused(
        "storage.defaultObjectAccessControls.delete",
        "DELETE /storage/v1/b/{bucket}/defaultObjectAcl/{entity}",
        ACL,
    ),
    refused(
        "storage.objectAccessControls.insert",
        "POST /storage/v1/b/{bucket}/o/{object}/acl",
        ACL,
    ),
    refused("storage.objectAccessControls.list", "GET /storage/v1/b/{bucket}/o/{object}/acl", ACL),
    refused(
        "storage.objectAccessControls.get",
        "GET /storage/v1/b/{bucket}/o/{object}/acl/{entity}",
        ACL,
    ),
    refused(
        "storage.objectAccessControls.patch",
        "PATCH /storage/v1/b/{bucket}/o/{object}/acl/{entity}",
        ACL,
    ),
    refused(
        "storage.objectAccessControls.update",
        "PUT /storage/v1/b/{bucket}/o/{object}/acl/{entity}",
        ACL,
    ),
    refused(
        "storage.objectAccessControls.delete",
        "DELETE /storage/v1/b/{bucket}/o/{object}/acl/{entity}",
        ACL,
    ),
    refused("storage.folders.insert", "POST /storage/v1/b/{bucket}/folders", FLAT),
    refused("storage.folders.list", "GET /storage/v1/b/{bucket}/folders", FLAT),
    refused("storage.folders.get", "GET /storage/v1/b/{bucket}/folders/{folder}", FLAT),
    refused("storage.folders.delete", "DELETE /storage/v1/b/{bucket}/folders/{folder}", FLAT),
    refused(
        "storage.folders.rename",
        "POST /storage/v1/b/{bucket}/folders/{folder}/renameTo/folders/{destinationFolder}",
        FLAT,
    ),
    refused(
        "storage.folders.deleteRecursive",
        "POST /storage/v1/b/{bucket}/folders/{folder}/deleteRecursive",
        FLAT,
    ),
    refused("storage.managedFolders.insert", "POST /storage/v1/b/{bucket}/managedFolders", POLICY),
    served(
        "storage.managedFolders.list",
        "GET /storage/v1/b/{bucket}/managedFolders",
        "always empty",
    ),
    refused(
        "storage.managedFolders.get",
        "GET /storage/v1/b/{bucket}/managedFolders/{folder}",
        POLICY,
    ),
    refused(
        "storage.managedFolders.delete",
        "DELETE /storage/v1/b/{bucket}/managedFolders/{folder}",
        POLICY,
    ),
    refused(
        "storage.managedFolders.getIamPolicy",
        "GET /storage/v1/b/{bucket}/managedFolders/{folder}/iam",
        POLICY,
    ),
    refused(
        "storage.managedFolders.setIamPolicy",
        "PUT /storage/v1/b/{bucket}/managedFolders/{folder}/iam",
        POLICY,
    ),
    refused(
        "storage.managedFolders.testIamPermissions",
        "GET /storage/v1/b/{bucket}/managedFolders/{folder}/iam/testPermissions",
        POLICY,
    ),
    refused("storage.anywhereCaches.insert", "POST /storage/v1/b/{bucket}/anywhereCaches", NEAR),
    served(
        "storage.anywhereCaches.list",
        "GET /storage/v1/b/{bucket}/anywhereCaches",
        "always empty",
    ),
    refused(
        "storage.anywhereCaches.get",
        "GET /storage/v1/b/{bucket}/anywhereCaches/{cache}",
        NEAR,
    ),
    refused(
        "storage.anywhereCaches.update",
        "PATCH /storage/v1/b/{bucket}/anywhereCaches/{cache}",
        NEAR,
    ),
    refused(
        "storage.anywhereCaches.pause",
        "POST /storage/v1/b/{bucket}/anywhereCaches/{cache}/pause",
        NEAR,
    ),
    refused(
        "storage.anywhereCaches.resume",
        "POST /storage/v1/b/{bucket}/anywhereCaches/{cache}/resume",
        NEAR,
    ),
    refused(
        "storage.anywhereCaches.disable",
        "POST /storage/v1/b/{bucket}/anywhereCaches/{cache}/disable",
        NEAR,
    ),
    refused("storage.operations.list", "GET /storage/v1/b/{bucket}/operations", SHORT),
    refused("storage.operations.get", "GET /storage/v1/b/{bucket}/operations/{operation}", SHORT),
    refused(
        "storage.operations.cancel",
        "POST /storage/v1/b/{bucket}/operations/{operation}/cancel",
        SHORT,
    ),
    refused(
        "storage.operations.advanceRelocateBucket",
        "POST /storage/v1/b/{bucket}/operations/{operation}/advanceRelocateBucket",
        SHORT,
    ),
    grpc(
        "google.storage.v2.Storage.ReadObject",
        "/google.storage.v2.Storage/ReadObject",
        "as stored, also with the encoding gzip",
    ),
    grpc(
        "google.storage.v2.Storage.BidiReadObject",
        "/google.storage.v2.Storage/BidiReadObject",
        "without handles",
    ),
    grpc(
        "google.storage.v2.Storage.WriteObject",
        "/google.storage.v2.Storage/WriteObject",
        "no customer-supplied keys, ACLs or retention",
    ),
    grpc(
        "google.storage.v2.Storage.BidiWriteObject",
        "/google.storage.v2.Storage/BidiWriteObject",
        "no appendable objects",
    ),
    grpc(
        "google.storage.v2.Storage.StartResumableWrite",
        "/google.storage.v2.Storage/StartResumableWrite",
        "without object_size",
    ),
    grpc(
        "google.storage.v2.Storage.QueryWriteStatus",
        "/google.storage.v2.Storage/QueryWriteStatus",
        "",
    ),
    grpc(
        "google.storage.v2.Storage.CancelResumableWrite",
        "/google.storage.v2.Storage/CancelResumableWrite",
        "",
    ),
    grpc_refused(
        "google.storage.v2.Storage.RestoreObject",
        "/google.storage.v2.Storage/RestoreObject",
        FINAL,
    ),
    grpc_refused(
        "google.storage.v2.Storage.LockBucketRetentionPolicy",
        "/google.storage.v2.Storage/LockBucketRetentionPolicy",
        "no retention policies",
    ),
];

const fn served(name: &'static str, rest: &'static str, but: &'static str) -> Method {
    both(name, rest, "", but)
}

/// Served over gRPC as well.
const fn both(
    name: &'static str,
    rest: &'static str,
    grpc: &'static str,
    but: &'static str,
) -> Method {
    Method { service: "Cloud Storage", name, rest, grpc, support: Support::Served(but) }
}

const fn refused(name: &'static str, rest: &'static str, why: &'static str) -> Method {
    Method { service: "Cloud Storage", name, rest, grpc: "", support: Support::Unimplemented(why) }
}

/// Served over gRPC only.
const fn grpc(name: &'static str, grpc: &'static str, but: &'static str) -> Method {
    both(name, "", grpc, but)
}

const fn grpc_refused(name: &'static str, grpc: &'static str, why: &'static str) -> Method {
    Method { service: "Cloud Storage", name, rest: "", grpc, support: Support::Unimplemented(why) }
}
