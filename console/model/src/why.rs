//! Why a deployment waits, in a sentence.

use longshore_ledger::{Ledger, LedgerError, Waiting};
use longshore_messages::DeploymentId;

/// The sentence; `None` if the deployment does not wait, or if the ledger does not know it. Takes
/// some ten requests.
///
/// # Errors
/// When the ledger cannot be read. The next read may succeed.
pub async fn of(ledger: &Ledger, id: DeploymentId) -> Result<Option<String>, LedgerError> {
    let Some(facts) = ledger.facts(id).await? else { return Ok(None) };
    let sentence = Waiting::of(&facts).map(|waiting| waiting.sentence(facts.now));
    Ok(sentence.map(|sentence| capitalized(&sentence)))
}

fn capitalized(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}
