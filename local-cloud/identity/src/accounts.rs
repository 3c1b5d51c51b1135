//! Service accounts, as much of IAM as clients look up before they use one. Every account exists as
//! soon as it is named.

use std::sync::Arc;

use async_trait::async_trait;
use longshore_local_kit::projects::LocalProject;
use longshore_local_kit::rest::{Call, RestApi, RestError};
use serde_json::{Value, json};

use crate::claims::unique_id;

/// What the address of an account that a user has created ends with, after its project.
const OF_USERS: &str = ".iam.gserviceaccount.com";

/// IAM's `projects.serviceAccounts.get`.
#[must_use]
pub fn accounts_api(local: LocalProject) -> Arc<dyn RestApi> {
    Arc::new(AccountsApi { local })
}

struct AccountsApi {
    local: LocalProject,
}

#[async_trait]
impl RestApi for AccountsApi {
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>> {
        match (call.method.as_str(), call.segments().as_slice(), call.verb.as_deref()) {
            ("GET", ["v1", "projects", project, "serviceAccounts", email], None) => {
                Some(self.get(project, email))
            }
            _ => None,
        }
    }
}

impl AccountsApi {
    /// As at Google, the project can be `-`.
    fn get(&self, project: &str, email: &str) -> Result<Value, RestError> {
        let unknown = || RestError::not_found(format!("Unknown service account: {email}"));
        let (id, domain) = email.split_once('@').ok_or_else(unknown)?;
        // Google's own accounts belong to the project whose number they contain.
        let owner = domain.strip_suffix(OF_USERS).unwrap_or(&self.local.id);
        if id.is_empty() || !["-", owner].contains(&project) && !self.is_local(project, owner) {
            return Err(unknown());
        }
        Ok(json!({
            "name": format!("projects/{owner}/serviceAccounts/{email}"),
            "projectId": owner,
            "uniqueId": unique_id(email),
            "email": email,
            "etag": "MDEwMjE5MjA=",
            "oauth2ClientId": unique_id(email),
        }))
    }

    /// Whether both name the configured project, the first one perhaps by its number.
    fn is_local(&self, project: &str, owner: &str) -> bool {
        owner == self.local.id && project == self.local.number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(path: &str) -> Option<Result<Value, RestError>> {
        let local = LocalProject { id: "local".to_owned(), number: 42 };
        let path = path.split('/').map(str::to_owned).collect();
        let call = Call {
            method: axum::http::Method::GET,
            path,
            verb: None,
            query: Default::default(),
            body: Default::default(),
        };
        accounts_api(local).answer(&call).await
    }

    #[tokio::test]
    async fn an_account_is_found_by_its_project_its_number_or_a_hyphen() {
        for (project, email, owner) in [
            ("-", "a@other.iam.gserviceaccount.com", "other"),
            ("other", "a@other.iam.gserviceaccount.com", "other"),
            ("-", "42-compute@developer.gserviceaccount.com", "local"),
            ("42", "42-compute@developer.gserviceaccount.com", "local"),
        ] {
            let path = format!("v1/projects/{project}/serviceAccounts/{email}");
            let found = get(&path).await.unwrap().unwrap();
            assert_eq!(found["name"], format!("projects/{owner}/serviceAccounts/{email}"));
            assert_eq!((&found["projectId"], &found["email"]), (&json!(owner), &json!(email)));
            assert_eq!(found["disabled"], Value::Null);
        }
    }

    #[tokio::test]
    async fn what_is_no_account_of_the_project_is_not_found() {
        for path in ["-/serviceAccounts/a", "local/serviceAccounts/a@other.iam.gserviceaccount.com"]
        {
            let refused = get(&format!("v1/projects/{path}")).await.unwrap().unwrap_err();
            assert_eq!(refused.status(), "NOT_FOUND", "{path}");
        }
        assert!(get("v1/projects/-/serviceAccounts").await.is_none());
    }
}
